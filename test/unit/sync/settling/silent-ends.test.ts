import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { reboot, restartManager } from "../../../support/fake-host/index.ts";
import { killedAfter, present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf, type Version } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const BACK = { inForce: nameOf(OLD), runs: true };

describeFakeHost("a program that ends with success, of which the journal says nothing,", () => {
  const on = settlingStage();

  /** A settled text in force, after another one that has settled. */
  async function settled(version: Version): Promise<void> {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", version);
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(version), state: "settled" });
  }

  it.each([
    ["a restart of the user's manager", () => restartManager(on.stage.world)],
    ["a boot", () => reboot(on.stage.world, { cut: false })],
    ["a power cut", () => reboot(on.stage.world)],
  ])("has ended if no sync looked between %s and its end", async (_, startAll) => {
    await settled(text("ends50", 2, { restart: "no" }));
    await startAll();
    await on.stage.pass(55_000);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it.each(["no", "on-failure"] as const)(
    "has ended if quadgate was killed before it looked, with Restart=%s",
    async (restart) => {
      on.stage.deploy("app", OLD);
      await on.stage.sync();
      on.stage.deploy("app", text("ends0", 2, { restart }));
      await killedAfter(on.stage, 130);
      await on.stage.pass(8_000);
      await on.stage.daemon(30_000);
      expect(await present(on.stage)).toMatchObject(BACK);
    },
  );

  it("is put back while systemd waits to start it again", async () => {
    await settled(text("ok", 2, { restartSec: 30 }));
    on.stage.act("systemctlKill", "app");
    await on.stage.pass(1_000);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("has ended although somebody has started it since", async () => {
    await settled(text("ok", 2, { restart: "no" }));
    on.stage.act("systemctlKill", "app");
    await on.stage.pass(2_000);
    on.stage.act("start", "app");
    await on.stage.pass(1_000);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it.each([1_000, 10_000, 35_000])(
    "is not blamed for `podman restart` if RestartSec= is long, seen after %i ms",
    async (ms) => {
      const slow = text("ok", 2, { restartSec: 15 });
      await settled(slow);
      on.stage.act("podmanRestart", "app");
      await on.stage.pass(ms);
      await on.stage.sync();
      await on.stage.daemon(40_000);
      expect(await present(on.stage)).toMatchObject({ inForce: nameOf(slow), runs: true });
      expect((await on.stage.inventory()).failed).toEqual({});
    },
  );
});
