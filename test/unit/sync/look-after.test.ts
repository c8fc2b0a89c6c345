import { beforeEach, expect, it } from "vitest";
import { createLookAfter, type TextNews } from "../../../src/sync/look-after.ts";
import { people } from "../../support/fake-host/by-hand.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\n${more}HealthCmd=check\nNotify=healthy\n`;
const web = (image: string, more?: string) => ({ "desired-state/web.container": container(image, more) });
const MINUTE = 60_000;

describeFakeHost("what the daemon does between two syncs", () => {
  const homelab = fakeHomelab();
  const image = () => homelab.world.containerNamed("systemd-web")?.inspect.ImageName;
  const stateOf = async () => (await homelab.inventory()).texts.web?.state;
  const kinds = (news: readonly TextNews[]) => news.map(({ instance, kind }) => `${instance} ${kind}`);
  /** What a process of the daemon has for its looks. */
  const watcher = () => {
    const { context, connection, events } = homelab.quadgate();
    return { look: createLookAfter(context), context, connection, events };
  };
  const history = () => homelab.quadgate().context.state.readRecords();

  /** web:1 has proved itself, web:2 has settled. */
  beforeEach(async () => {
    homelab.commit(web("web:1"));
    await homelab.sync();
    homelab.world.clock.advance(11 * MINUTE);
    homelab.commit(web("web:2"));
    await homelab.sync();
    expect(await stateOf()).toBe("settled");
  });

  it("makes a text good once its probation has passed, and not before", async () => {
    const { look } = watcher();
    homelab.world.clock.advance(9 * MINUTE);
    expect([await look(), await stateOf()]).toEqual([[], "settled"]);
    homelab.world.clock.advance(2 * MINUTE);
    expect(kinds(await look())).toEqual(["web good"]);
    expect(await stateOf()).toBe("good");
    expect(await look()).toEqual([]);
  });

  it("puts back what ends in its probation, with a record, and asks neither git nor the gate", async () => {
    const head = homelab.commit(web("web:3"));
    homelab.repository.remove();
    homelab.world.clock.advance(4 * MINUTE);
    people.end(homelab.world, "web.service", 3);
    const news = await watcher().look();
    expect(kinds(news)).toEqual(["web ended", "web put-back"]);
    expect(news[0]?.message).toContain("web.service");
    expect(image()).toBe("docker.io/library/web:1");
    const last = (await history()).at(-1);
    expect(last).toMatchObject({ trigger: "probation", result: "rolled-back", score: null });
    expect(last?.revision).not.toBe(head);
    expect((await homelab.inventory()).failed.web?.revision).toBe(last?.revision);
  });

  it("leaves it to the sync that has the lock", async () => {
    const { look, context } = watcher();
    people.end(homelab.world, "web.service", 3);
    const release = await context.host.lock.acquire(`${context.host.facts.stateDir}/lock`, { waitMs: 0 });
    expect(await look()).toEqual([]);
    expect(await stateOf()).toBe("settled");
    await release();
    expect(kinds(await look())).toEqual(["web ended", "web put-back"]);
  });

  it("needs no lock to see that nothing has happened", async () => {
    const { look, context } = watcher();
    const before = await homelab.inventory();
    const { acquire } = context.host.lock;
    const taken: string[] = [];
    Object.assign(context.host.lock, {
      acquire: (...args: Parameters<typeof acquire>) => {
        taken.push(args[0]);
        return acquire(...args);
      },
    });
    expect(await look()).toEqual([]);
    expect(taken).toEqual([]);
    expect(await homelab.inventory()).toEqual(before);
  });

  it("tries again later and later what cannot be put back", async () => {
    homelab.world.contents.secrets.add("key");
    homelab.commit(web("web:3", "Secret=key\n"));
    await homelab.sync();
    homelab.world.clock.advance(11 * MINUTE);
    homelab.commit(web("web:4"));
    await homelab.sync();
    homelab.world.contents.secrets.delete("key");
    people.end(homelab.world, "web.service", 3);
    const { look } = watcher();
    expect(kinds(await look())).toEqual(["web ended", "web stuck"]);
    expect(await look()).toEqual([]);
    homelab.world.clock.advance(10_000);
    expect(kinds(await look())).toEqual(["web stuck"]);
    homelab.world.clock.advance(10_000);
    expect(await look()).toEqual([]);
    homelab.world.contents.secrets.add("key");
    homelab.world.clock.advance(10_000);
    expect(kinds(await look())).toEqual(["web put-back"]);
    expect(image()).toBe("docker.io/library/web:3");
  });
});
