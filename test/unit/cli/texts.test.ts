import { beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { people } from "../../support/fake-host/by-hand.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const web = (image: string) => ({
  "desired-state/web.container": `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`,
});
const MINUTE = 60_000;

describeFakeHost("the state of texts", () => {
  const homelab = fakeHomelab();
  const json = async (...words: readonly string[]) =>
    JSON.parse((await run(homelab.world, homelab, ...words, "--output", "json")).stdout);
  const status = () =>
    run(homelab.world, { repository: homelab.repository, terminal: true }, "status", "--no-color");

  beforeEach(() => {
    homelab.commit(web("web:1"));
  });

  it("is shown with its age until the text is good", async () => {
    const applied = await json("reconcile");
    expect(applied.texts).toMatchObject([{ instance: "web", state: "settled" }]);
    homelab.world.clock.advance(4 * MINUTE);
    const { stdout } = await status();
    expect(stdout).toMatch(/^INSTANCE +UNIT +SERVICE +HEALTH +STATE +REVISION/m);
    expect(stdout).toMatch(/web\.container +active +healthy +settled 4 min +[0-9a-f]{8}$/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    const { since } = applied.texts[0];
    expect((await json("status")).instances).toEqual([{ instance: "web", state: "settled", since }]);
    homelab.world.clock.advance(7 * MINUTE);
    await homelab.sync();
    expect((await status()).stdout).toMatch(/web\.container +active +healthy +good +/m);
  });

  it("is in the history, as it was when the sync ended", async () => {
    await homelab.sync();
    expect((await json("history")).records).toMatchObject([
      { result: "applied", texts: [{ instance: "web", state: "settled" }] },
    ]);
    const { stdout } = await run(homelab.world, homelab, "history", "--verbose");
    expect(stdout).toContain("texts: web settled");
  });

  it("says that a text was stopped by hand before it settled, and exits with 4", async () => {
    await homelab.sync();
    homelab.commit(web("web:2"));
    homelab.world.in(15_000, () => people.stop(homelab.world, "web.service"));
    const { exitCode, stdout } = await run(
      homelab.world,
      { repository: homelab.repository, environment: { QUADGATE_VERIFY_STABLE: "30s" } },
      "reconcile",
    );
    expect([exitCode, stdout]).toEqual([
      4,
      expect.stringMatching(/^Applied, not verified \(.*web\.service.*\) [0-9a-f]{12}: /m),
    ]);
    const { records } = await json("history", "--limit", "1");
    expect(records[0]).toMatchObject({
      result: "applied",
      reasons: expect.arrayContaining([expect.objectContaining({ code: "stopped-by-hand" })]),
      texts: [{ state: "fresh", stopped: expect.any(String) }],
    });
    expect((await status()).stdout).toMatch(/^Stopped by hand: web, fresh, since /m);
  });

  it("is fresh for as long as a socket is not started, and the sync is a success", async () => {
    const socket = "[Socket]\nListenStream=8080\n";
    homelab.commit({ ...web("web:1"), "desired-state/web.socket": socket });
    const { exitCode, stdout } = await run(homelab.world, homelab, "reconcile");
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^Applied [0-9a-f]{12}: 2 units/m)]);
    expect(stdout).toContain(" waits for its own start");
    expect((await status()).stdout).toMatch(/web\.container +inactive +- +fresh /m);
  });

  it("shows in `plan` as soon as it has ended, and nothing is written", async () => {
    await homelab.sync();
    homelab.world.clock.advance(11 * MINUTE);
    homelab.commit(web("web:2"));
    await homelab.sync();
    people.end(homelab.world, "web.service", 3);
    const before = await homelab.inventory();
    const planned = await json("plan");
    const changes = [{ unit: "web.container", action: "update", reasons: expect.any(Array) }];
    expect(planned.changes).toMatchObject(changes);
    expect(planned.changes[0].reasons).toContainEqual(
      expect.objectContaining({ code: "rollback-unfinished" }),
    );
    expect(await homelab.inventory()).toEqual(before);
  });

  it("is shown as ended by `plan` too, which writes nothing, once a look has found it", async () => {
    await homelab.sync();
    homelab.world.clock.advance(11 * MINUTE);
    homelab.world.contents.secrets.add("key");
    homelab.commit(web("web:2"));
    await homelab.sync();
    const inventory = await homelab.inventory();
    const failed = {
      digest: inventory.texts.web?.attempt ?? "",
      revision: null,
      message: "it ended",
      at: "",
    };
    const due = { ...inventory, due: ["web"], failed: { web: failed } };
    await homelab.quadgate().context.state.writeInventory(due);
    const planned = await run(homelab.world, homelab, "plan");
    expect(planned.exitCode).toBe(2);
    expect(planned.stdout).toMatch(/update +web\.container\n.*\[rollback-unfinished\]/);
    expect(await homelab.inventory()).toEqual(due);
    expect((await status()).stdout).toMatch(/web\.container +active +healthy +ended /m);
    expect((await status()).stdout).toMatch(/^Failed: web .*not back yet/m);
  });
});
