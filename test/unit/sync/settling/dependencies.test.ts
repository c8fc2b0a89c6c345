import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import type { Behaviour } from "../../../support/fake-host/index.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const NEW = text("ok", 2);
const NEEDS = { unit: "Requires=db.service\nAfter=db.service" };
const ENDS: Behaviour = { kind: "ends", afterMs: 4_000, status: 1 };

describeFakeHost("a dependency that an earlier sync changed", () => {
  const on = settlingStage();

  it("goes back with what a later sync let need it, if it ends", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("db", text("ends25", 2));
    await on.stage.sync();
    on.stage.deploy("app", NEW, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(40_000);
    expect(await present(on.stage, "db")).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect((await present(on.stage)).runs).toBe(true);
    const { failed, due } = await on.stage.inventory();
    expect(failed.db?.because).toBeUndefined();
    expect(failed.app?.because ?? "db").toBe("db");
    expect(due).toEqual([]);
  });

  it("goes back alone if what needs it is good by then", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("db", text("ends25", 2));
    await on.stage.sync();
    await on.stage.daemon(40_000);
    expect(await present(on.stage, "db")).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect(Object.keys((await on.stage.inventory()).failed)).toEqual(["db"]);
  });

  it("goes back if a good one that restarted for it ends", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.world.contents.nextStarts.set("app.service", [ENDS, ENDS]);
    on.stage.deploy("db", NEW);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    await on.stage.daemon(30_000);
    expect((await present(on.stage, "db")).inForce).toBe(nameOf(OLD));
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect(Object.keys((await on.stage.inventory()).failed)).toEqual(["db"]);
  });

  it("makes way for the last good one if a good one ends again after it went back", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("db", NEW);
    await on.stage.sync();
    on.stage.world.contents.nextStarts.set("app.service", [ENDS, ENDS]);
    on.stage.deploy("db", text("ok", 3));
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect((await present(on.stage, "db")).inForce).toBe(nameOf(NEW));
    on.stage.act("systemctlKill", "app");
    await on.stage.daemon(20_000);
    expect(await present(on.stage, "db")).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });
});

describeFakeHost("a good text that has ended at some time", () => {
  const on = settlingStage();

  async function endedOnce(): Promise<void> {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    for (const name of ["app", "db"]) on.stage.act("systemctlKill", name);
    await on.stage.daemon(30_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
  }

  it("does not fail for that if its comment changes", async () => {
    await endedOnce();
    on.stage.deploy("app", OLD, { ...NEEDS, comment: "another word" });
    const { outcomes, result } = await on.stage.sync();
    expect(outcomes.map(({ outcome }) => outcome)).not.toContain("failed");
    expect(result).toBe("applied");
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
  });

  it("is not held against what it restarts for", async () => {
    await endedOnce();
    on.stage.deploy("db", NEW);
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage, "db")).toEqual({ inForce: nameOf(NEW), runs: true, state: "settled" });
  });
});

describeFakeHost("a text that has settled", () => {
  const on = settlingStage();

  it("proves itself good on time although its comment changes in between", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    await on.stage.daemon(40_000);
    on.stage.deploy("app", OLD, { comment: "another word" });
    await on.stage.sync();
    await on.stage.daemon(25_000);
    expect((await present(on.stage)).state).toBe("good");
  });
});
