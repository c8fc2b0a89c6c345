import { expect, it } from "vitest";
import { resumeInstances, suspendInstances } from "../../../../src/control/suspend.ts";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const NEW = text("ok", 2);
const CRASH = text("ends25", 2);
const APP = new Set(["app"]);

describeFakeHost("a text of a suspended instance", () => {
  const on = settlingStage();
  const suspend = () => suspendInstances(on.stage.quadgate().context, APP, {});
  const resume = () => resumeInstances(on.stage.quadgate().context, APP);

  /** A good text in force, and a newer one that a killed sync has begun to watch. */
  async function fresh(version = NEW): Promise<void> {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", version);
    const one = on.stage.quadgate();
    on.stage.world.in(3_000, () => one.connection.kill());
    void one.sync({ attended: false }).catch(() => undefined);
    await on.stage.pass(4_000);
  }

  it("stays fresh however long it runs, and settles a settling time after the suspension", async () => {
    await fresh();
    await suspend();
    await on.stage.daemon(300_000, 60_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "fresh" });
    await resume();
    const ended = on.stage.world.clock.steady;
    expect((await on.stage.sync()).result).not.toBe("failed");
    await on.stage.daemon(8_000, 2_000);
    expect((await present(on.stage)).state).toBe("fresh");
    await on.stage.daemon(6_000, 2_000);
    expect((await present(on.stage)).state).toBe("settled");
    expect(on.stage.world.clock.steady - ended).toBeLessThan(20_000);
  });

  it("is not put back although it ends again and again, and no end from then counts", async () => {
    await fresh();
    await suspend();
    for (let times = 0; times < 3; times += 1) {
      on.stage.act("systemctlKill", "app");
      await on.stage.daemon(20_000);
    }
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "fresh" });
    expect((await on.stage.inventory()).failed).toEqual({});
    await resume();
    await on.stage.daemon(20_000, 5_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
  });

  it("that fails to start is left to the sync after the suspension, and no sync waits for that", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("never", 2, { check: "notify" }));
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    await suspend();
    const began = on.stage.world.clock.steady;
    expect((await first).result).toBe("failed");
    expect(on.stage.world.clock.steady - began).toBeLessThan(60_000);
    expect((await on.stage.inventory()).due).toEqual(["app"]);
    await resume();
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("is put back if it ends once more after the suspension", async () => {
    await fresh(CRASH);
    await suspend();
    await on.stage.daemon(60_000);
    expect((await present(on.stage)).inForce).toBe(nameOf(CRASH));
    await resume();
    await on.stage.daemon(40_000, 5_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("that is due waits for the end of the suspension, and goes back then", async () => {
    await fresh(CRASH);
    await on.stage.sync();
    await suspend();
    const { world } = on.stage;
    const path = `${world.facts.stateDir}/inventory.json`;
    // A sync was killed after it had seen the end.
    const known = JSON.parse(world.files.files.get(path)?.content ?? "{}");
    const attempt = {
      digest: known.texts.app.attempt,
      revision: null,
      message: "ended",
      at: known.texts.app.since,
    };
    world.files.put(path, JSON.stringify({ ...known, due: ["app"], failed: { app: attempt } }));
    await on.stage.daemon(60_000);
    expect((await present(on.stage)).inForce).toBe(nameOf(CRASH));
    expect((await on.stage.inventory()).due).toEqual(["app"]);
    await resume();
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true, state: "good" });
  });
});
