import { beforeEach, expect, it } from "vitest";
import type { SyncEvent } from "../../../src/model/event.ts";
import { reconcile, type SyncReport } from "../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n${more}`;
const hooks = 'hooks: { beforeUpdate: ["first", "second"] }\n';
const web = (image: string, more = "") => `pattern: reverse-proxy-backend
image: docker.io/library/${image}
hostname: web.example.org
port: 80
networks: [shared]
health: { cmd: "check", interval: 1h }
${more}`;
/** In the level after the network's. */
const LATER = "[Unit]\nAfter=shared-network.service\n";
const shared = (subnet: string) => `shared: { subnet: ${subnet} }\n`;

describeFakeHost("a sync that is asked to end", () => {
  const homelab = fakeHomelab();
  const commit = (files: Readonly<Record<string, string>>) =>
    homelab.commit(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`desired-state/${name}`, text])),
    );
  const images = () =>
    homelab.world.contents.containers
      .map(({ inspect }) => String(inspect.ImageName).replace(/.*\//, ""))
      .sort();
  const said = ({ outcomes }: SyncReport) =>
    outcomes.map(({ outcome, unit, message }) => `${outcome} ${unit.replace(/.*\//, "")}: ${message ?? ""}`);

  /** A sync that is asked to end at the event of a number among those that match. */
  async function endedAt(matches: (event: SyncEvent) => boolean, number = 1): Promise<SyncReport> {
    const { context } = homelab.quadgate();
    const stop = new AbortController();
    let seen = 0;
    const emit = (event: SyncEvent) => {
      if (matches(event)) seen += 1;
      if (seen === number) stop.abort();
    };
    return reconcile(
      { ...context, emit },
      { trigger: "test", attended: true, allowPrune: true, lockWaitMs: 0, signal: stop.signal },
    );
  }
  const started = (unit: string) => (event: SyncEvent) =>
    event.type === "unit-started" && event.unit === unit;
  const applying = (event: SyncEvent) => event.type === "step-started" && event.step === "apply";
  const running = (event: SyncEvent) => event.type === "waiting" && event.message.includes("hook");

  beforeEach(() => {
    homelab.world.contents.behaviours.set("docker.io/library/web:sick", { kind: "unhealthy" });
  });

  it.each([
    ["while the plan is judged", (event: SyncEvent) => event.type === "judged"],
    ["when it begins to apply", applying],
  ])("%s changes nothing, and the next sync does all of it", async (_, matches) => {
    commit({ "networks.yaml": shared("10.1.1.0/24"), "web.yaml": web("web:1") });
    await homelab.sync();
    const before = [homelab.world.containerNamed("web")?.id, await homelab.inventory()];
    commit({ "networks.yaml": shared("10.1.2.0/24"), "web.yaml": web("web:2") });
    await expect(endedAt(matches)).rejects.toMatchObject({ reason: "interrupted" });
    expect([homelab.world.containerNamed("web")?.id, await homelab.inventory()]).toEqual(before);
    expect((await homelab.sync()).result).toBe("applied");
    expect(images()).toEqual(["web:2"]);
  });

  it("says that it is in sync if it has nothing to do", async () => {
    commit({ "web.yaml": web("web:1"), "networks.yaml": shared("10.1.1.0/24") });
    await homelab.sync();
    expect((await homelab.sync({ signal: AbortSignal.abort() })).result).toBe("in-sync");
  });

  it("during a hook runs no other hook, and updates nothing", async () => {
    commit({ "web.yaml": web("web:1", hooks), "networks.yaml": shared("10.1.1.0/24") });
    await homelab.sync();
    commit({ "web.yaml": web("web:2", hooks), "networks.yaml": shared("10.1.1.0/24") });
    await expect(endedAt(running)).rejects.toMatchObject({ reason: "interrupted" });
    expect([homelab.world.executed, images()]).toEqual([["web: sh -c first"], ["web:1"]]);
  });

  it("restarts what it has taken down, and changes nothing else", async () => {
    commit({
      "networks.yaml": shared("10.1.1.0/24"),
      "web.yaml": web("web:1"),
      "db.container": container("db:1", LATER),
    });
    await homelab.sync();
    commit({
      "networks.yaml": shared("10.1.2.0/24"),
      "web.yaml": web("web:1"),
      "db.container": container("db:2", LATER),
      "new.container": container("new:1", LATER),
    });
    const report = await endedAt(started("shared.network"));
    expect(report.record).toMatchObject({ result: "failed", interrupted: true });
    expect(images()).toEqual(["db:1", "web:1"]);
    expect(said(report).filter((line) => !line.startsWith("updated shared"))).toEqual([
      "skipped db.container: quadgate was asked to stop",
      "skipped new.container: quadgate was asked to stop",
      "restarted web.container: ",
    ]);
    expect((await homelab.sync({ attended: false })).result).toBe("applied");
    expect(images()).toEqual(["db:2", "new:1", "web:1"]);
  });

  it("does not blame instances that wait for something it has not begun", async () => {
    commit({
      "a.container": container("a:1"),
      "b.container": `[Unit]\nRequires=a.service\nAfter=a.service\n${container("b:1")}`,
      "c.container": `[Unit]\nAfter=b.service\n${container("c:1")}`,
    });
    const report = await endedAt(started("a.container"));
    expect(said(report).slice(1)).toEqual([
      "skipped b.container: quadgate was asked to stop",
      "skipped c.container: quadgate was asked to stop",
    ]);
  });

  it("restarts no further instances of a template", async () => {
    const template = (image: string) => container(image, "[Install]\nDefaultInstance=one\n");
    commit({ "x@.container": template("x:1") });
    const report = await endedAt(started("x@.container"));
    expect(said(report)).toEqual(["skipped x@.container: quadgate was asked to stop"]);
  });

  it("finishes putting an instance back once it has begun", async () => {
    commit({ "networks.yaml": shared("10.1.1.0/24"), "web.yaml": web("web:1") });
    await homelab.sync();
    commit({ "networks.yaml": shared("10.1.1.0/24"), "web.yaml": web("web:sick") });
    const { record } = await endedAt(applying, 2);
    expect(record.result).toBe("rolled-back");
    expect(record).not.toHaveProperty("interrupted");
    expect(images()).toEqual(["web:1"]);
  });
});
