import { expect, it } from "vitest";
import { revertInGit } from "../../../../src/control/revert.ts";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { killedAfter, present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const CRASH = text("ends25", 2);
const BACK = { inForce: nameOf(OLD), runs: true };

describeFakeHost("a text that ends", () => {
  const on = settlingStage();

  /** A good text in force, and a newer one that has settled and ends in its probation. */
  async function endInProbation(): Promise<void> {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", CRASH);
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(CRASH), state: "settled" });
    await on.stage.pass(20_000);
  }

  it.each(["no", "on-failure", "always"] as const)(
    "within the settling time is put back, with Restart=%s",
    async (restart) => {
      on.stage.deploy("app", OLD);
      await on.stage.sync();
      on.stage.deploy("app", text("ends5", 2, { restart }));
      expect((await on.stage.sync()).result).toBe("rolled-back");
      expect(await present(on.stage)).toMatchObject({ ...BACK, state: "settled" });
      expect((await on.stage.inventory()).failed).toHaveProperty("app");
      await on.stage.daemon(30_000);
      expect(await present(on.stage)).toMatchObject(BACK);
    },
  );

  it("in its probation is put back to the good one", async () => {
    await endInProbation();
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject({ ...BACK, state: "good" });
  });

  it("in its probation takes the applied revision back, and those after it", async () => {
    const first = on.stage.deploy("app", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    const second = on.stage.deploy("other", text("ok", 1));
    await on.stage.sync();
    on.stage.deploy("app", CRASH);
    await on.stage.sync();
    const last = on.stage.deploy("other", text("ok", 2));
    await on.stage.sync();
    expect((await on.stage.inventory()).appliedRevision).toBe(last);
    await on.stage.pass(20_000);
    await on.stage.sync();
    const { appliedRevision, units } = await on.stage.inventory();
    expect(appliedRevision).toBe(second);
    expect(units["app.container"]?.revision).toBe(first);
    const { target } = await revertInGit(on.stage.quadgate().context, undefined);
    expect(target).toBe(second);
  });

  it("in its probation is put back although the gate blocks", async () => {
    await endInProbation();
    on.stage.world.healthScore = 10;
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("in its probation is put back although the git server is down", async () => {
    await endInProbation();
    await on.stage.sync({}, { repository: "/nowhere" }).catch(() => undefined);
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("in its probation gives way to a newer text that waits", async () => {
    await endInProbation();
    on.stage.deploy("app", text("ok", 3));
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(text("ok", 3)), state: "settled" });
    expect(
      on.stage.world.contents.journal.filter(({ truth }) => truth.text.includes("V=ok.always.none.1")).at(-1)
        ?.truth.at,
    ).toBeLessThan(on.stage.world.clock.steady - 30_000);
  });

  it("in its probation is put back while a newer text is held", async () => {
    await endInProbation();
    on.stage.deploy("app", text("ok", 3));
    on.stage.world.healthScore = 80;
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("in its probation is put back by a sync that would heal", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends25", 2, { restart: "no" }));
    await on.stage.sync();
    await on.stage.pass(30_000);
    await on.stage.sync({ attended: true });
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("once it is good is reported, and stays", async () => {
    const late = text("ok", 1, { restart: "no" });
    on.stage.deploy("app", late);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", text("ok", 2));
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.act("systemctlKill", "app");
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(text("ok", 2)), runs: true, state: "good" });
  });

  it("after it was put back makes way for the last good one", async () => {
    await endInProbation();
    const settled = text("sick30", 3, { check: "plain" });
    on.stage.deploy("app", settled);
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 4));
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(settled) });
    await on.stage.daemon(60_000);
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("brings ten commits in ten minutes back to the good one", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    for (let n = 1; n <= 10; n += 1) {
      on.stage.deploy("app", text("ends50", n + 1));
      await on.stage.sync();
      await on.stage.daemon(20_000);
    }
    await on.stage.daemon(130_000);
    expect(await present(on.stage)).toMatchObject(BACK);
  });

  it("leaves another that settles in the same sync alone", async () => {
    on.stage.deploy("app", OLD);
    on.stage.deploy("web", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 2));
    on.stage.deploy("web", text("ok", 2));
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject(BACK);
    expect(await present(on.stage, "web")).toEqual({
      inForce: nameOf(text("ok", 2)),
      runs: true,
      state: "settled",
    });
  });
});

describeFakeHost("a first deployment that ends", () => {
  const on = settlingStage();

  it("while it is fresh goes back to nothing, but for its volume", async () => {
    on.stage.deploy("app", text("ends5", 1));
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject({ inForce: undefined });
    expect(on.stage.world.containerNamed("app")).toBeUndefined();
    expect([...on.stage.world.contents.volumes.keys()]).toContain("app-data");
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toMatchObject({ inForce: undefined });
  });

  it("once it has settled stays, and counts anew", async () => {
    on.stage.deploy("app", CRASH);
    await on.stage.sync();
    await on.stage.pass(16_000);
    await on.stage.sync();
    expect(await present(on.stage)).toEqual({ inForce: nameOf(CRASH), runs: true, state: "settled" });
  });

  it("has settled if it fell ill after that, although no sync looked between", async () => {
    const sick = text("sick30", 1, { check: "notify", restart: "no" });
    on.stage.deploy("app", sick);
    await killedAfter(on.stage, 2_250);
    await on.stage.sync({ signal: AbortSignal.abort() }).catch(() => undefined);
    await on.stage.pass(60_000);
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(sick), state: "settled" });
  });

  it("is one again once git had it deleted", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.commit({
      "app.container": undefined,
      "other.container": "[Container]\nImage=docker.io/library/x:1\n",
    });
    await on.stage.sync();
    on.stage.deploy("app", text("ends5", 2));
    await on.stage.sync();
    expect(await present(on.stage)).toMatchObject({ inForce: undefined });
  });
});
