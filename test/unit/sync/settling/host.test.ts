import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { reboot, restartManager } from "../../../support/fake-host/index.ts";
import { killedAfter, present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const NEW = text("ok", 2);

describeFakeHost("a text in force", () => {
  const on = settlingStage();
  const deploy = async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", NEW);
  };

  it.each([10, 30, 50, 70, 90, 110, 150, 2_000, 9_000])(
    "settles although quadgate is killed after %i ms",
    async (ms) => {
      await deploy();
      await killedAfter(on.stage, ms);
      await on.stage.sync();
      await on.stage.daemon(30_000);
      expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
    },
  );

  it.each([10, 50, 90, 2_000])(
    "is not restarted by the sync after one that was killed after %i ms",
    async (ms) => {
      await deploy();
      await killedAfter(on.stage, ms);
      await on.stage.daemon(30_000);
      const starts = on.stage.world.contents.journal.filter(
        ({ kind, truth }) => kind === "starting" && truth.text.includes(`V=${nameOf(NEW)}`),
      );
      expect(starts).toHaveLength(1);
    },
  );

  it.each([true, false])("settles after a boot in the middle (power cut: %s)", async (cut) => {
    await deploy();
    await killedAfter(on.stage, 4_000);
    await reboot(on.stage.world, { cut });
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
  });

  it("is not blamed for a boot whose first start fails", async () => {
    await deploy();
    await on.stage.sync();
    on.stage.world.contents.nextStarts.set("app.service", [{ kind: "exits" }, { kind: "exits" }]);
    await reboot(on.stage.world);
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(NEW), runs: true });
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it("is not blamed if somebody stops it after a first start that failed at boot", async () => {
    const again = { ...NEW, restart: "on-failure" as const };
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", again);
    await on.stage.sync();
    on.stage.world.contents.nextStarts.set("app.service", [{ kind: "exits" }]);
    await reboot(on.stage.world);
    // It waits for its automatic restart.
    await on.stage.pass(40);
    on.stage.act("stop", "app");
    await on.stage.pass(200);
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(again), runs: false });
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it("has all its time for a start by hand, long after a boot in which somebody stopped it", async () => {
    const checked = { ...NEW, check: "notify" as const };
    on.stage.deploy("app", checked);
    await on.stage.sync();
    await restartManager(on.stage.world);
    await on.stage.pass(10);
    on.stage.act("stop", "app");
    await on.stage.pass(100);
    await on.stage.sync();
    await on.stage.pass(80_000);
    on.stage.act("start", "app");
    await on.stage.pass(40);
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(checked) });
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it("is not blamed for a restart of the user's manager", async () => {
    await deploy();
    await on.stage.sync();
    await restartManager(on.stage.world);
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(NEW), runs: true });
  });

  it("has failed if it ends after the boot", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends25", 2));
    await on.stage.sync();
    await reboot(on.stage.world);
    await on.stage.daemon(60_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("has failed if it ends after a first start that failed at boot, and no sync looked between", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends25", 2));
    await on.stage.sync();
    on.stage.world.contents.nextStarts.set("app.service", [{ kind: "exits" }]);
    await reboot(on.stage.world);
    await on.stage.pass(27_000);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("counts from the end of a suspension, through a boot", async () => {
    await deploy();
    await on.stage.sync();
    await on.stage.suspend("app");
    await on.stage.sync();
    await reboot(on.stage.world);
    await on.stage.pass(40_000);
    await on.stage.suspend("app", false);
    await on.stage.daemon(50_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(NEW), state: "settled" });
    await on.stage.daemon(20_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(NEW), state: "good" });
  });

  it.each([-3_600_000, 3_600_000])("is not concerned by a clock that jumps by %i ms", async (ms) => {
    await deploy();
    on.stage.world.in(4_000, () => on.stage.world.clock.turn(ms));
    const began = on.stage.world.clock.steady;
    expect((await on.stage.sync()).result).toBe("applied");
    expect(on.stage.world.clock.steady - began).toBeLessThan(12_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
    on.stage.world.clock.turn(ms);
    await on.stage.daemon(80_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "good" });
  });

  it("is put back, not superseded, if it ends after the clock was put back", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 2));
    on.stage.world.in(2_000, () => on.stage.world.clock.turn(-3_600_000));
    expect((await on.stage.sync()).result).toBe("rolled-back");
  });

  it("has failed if it is fresh and the journal cannot be read over a restart", async () => {
    await deploy();
    on.stage.world.contents.readable.journal = false;
    on.stage.world.contents.readable.events = false;
    on.stage.actIn(4_000, "restart", "app");
    await on.stage.sync();
    await on.stage.daemon(30_000);
    expect((await present(on.stage)).inForce).toBe(nameOf(OLD));
  });

  it("counts anew if it has settled and the journal cannot be read over a restart", async () => {
    await deploy();
    await on.stage.sync();
    on.stage.world.contents.readable.journal = false;
    on.stage.world.contents.readable.events = false;
    on.stage.act("restart", "app");
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
  });

  it("keeps state and count over a commit that changes a comment, and is not restarted", async () => {
    await deploy();
    await on.stage.sync();
    const { since } = (await on.stage.inventory()).texts.app ?? {};
    const container = on.stage.world.containerNamed("app")?.id;
    on.stage.deploy("app", NEW, { comment: "another word" });
    await on.stage.sync();
    expect(on.stage.world.containerNamed("app")?.id).toBe(container);
    expect((await on.stage.inventory()).texts.app).toMatchObject({ state: "settled", since });
  });

  it("stays a first deployment that a person stopped over a commit that changes a comment", async () => {
    on.stage.deploy("app", NEW);
    on.stage.actIn(250, "stop", "app");
    await on.stage.sync();
    on.stage.deploy("app", NEW, { comment: "another word" });
    await on.stage.sync();
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(NEW), runs: false, state: "fresh" });
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it("that failed is not tried again for a comment", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 2));
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 2), { comment: "another word" });
    await on.stage.sync();
    const tries = on.stage.world.contents.journal.filter(
      ({ kind, job, truth }) => kind === "stopped" && job === "restart" && truth.text.includes("V=ends5"),
    );
    expect(tries.length).toBeLessThanOrEqual(1);
    expect((await present(on.stage)).inForce).toBe(nameOf(OLD));
  });
});

describeFakeHost("what quadgate finds in force", () => {
  const on = settlingStage();

  it.each(["an earlier version's inventory", "a lost state"])("is good at once: %s", async (what) => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    const { files, facts } = on.stage.world;
    const path = `${facts.stateDir}/inventory.json`;
    if (what === "a lost state") await files.removeTree(facts.stateDir);
    else {
      const {
        texts: _,
        kept: _k,
        due: _d,
        settlingRevision: _s,
        ...rest
      } = JSON.parse(files.files.get(path)?.content ?? "");
      files.put(path, JSON.stringify(rest));
    }
    const container = on.stage.world.containerNamed("app")?.id;
    await on.stage.sync({ attended: true });
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect(on.stage.world.containerNamed("app")?.id).toBe(container);
  });
});
