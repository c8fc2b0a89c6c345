import { expect, it } from "vitest";
import { createLookAfter } from "../../../../src/sync/look-after.ts";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);

describeFakeHost("a sync beside one that watches", () => {
  const on = settlingStage();

  it("applies a newer text at once, and the first one says that it was superseded", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ok", 2));
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    on.stage.deploy("app", text("ok", 3));
    const began = on.stage.world.clock.steady;
    const second = on.stage.sync({ attended: true, lockWaitMs: 1_000 });
    expect((await first).result).toBe("superseded");
    expect((await second).result).toBe("applied");
    expect(on.stage.world.clock.steady - began).toBeLessThan(12_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(text("ok", 3)), runs: true, state: "settled" });
  });

  it("watches the same text if there is nothing newer", async () => {
    on.stage.deploy("app", OLD);
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    const second = await on.stage.sync({ attended: true, lockWaitMs: 1_000 });
    expect((await first).result).toBe("applied");
    expect(["applied", "in-sync"]).toContain(second.result);
    expect(on.stage.world.contents.journal.filter(({ kind }) => kind === "starting")).toHaveLength(1);
  });

  it("goes back behind a superseded text if the next one ends", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ok", 2));
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    on.stage.deploy("app", text("ends5", 3));
    const second = await on.stage.sync();
    expect((await first).result).toBe("superseded");
    expect(second.result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("lets a text settle over which the next one is held", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", text("ok", 2));
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    on.stage.world.healthScore = 80;
    on.stage.deploy("app", text("ok", 3));
    expect((await on.stage.sync()).result).toBe("held");
    expect((await first).result).toBe("applied");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(text("ok", 2)), state: "settled" });
  });
});

describeFakeHost("a text that needs another instance", () => {
  const on = settlingStage();
  const NEEDS = { unit: "Requires=db.service\nAfter=db.service" };

  it("is not blamed if that restarts by itself, and that is", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", text("ok", 2), NEEDS);
    on.stage.deploy("db", text("ends25", 2));
    await on.stage.sync();
    await on.stage.daemon(60_000);
    expect(await present(on.stage, "db")).toMatchObject({ inForce: nameOf(OLD), runs: true });
    const { failed } = await on.stage.inventory();
    expect(failed.db?.because).toBeUndefined();
    // Not good yet, it went back with what it needs.
    expect(failed.app?.because ?? "db").toBe("db");
    expect((await present(on.stage)).runs).toBe(true);
  });

  it("goes back together with a dependency that was deleted with its text", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", text("ends25", 2));
    on.stage.commit({ "db.container": undefined });
    await on.stage.sync();
    expect((await present(on.stage, "db")).inForce).toBeUndefined();
    await on.stage.daemon(40_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
    expect(await present(on.stage, "db")).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("goes back together with a dependency that was deleted a push later", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", text("ends25", 2));
    await on.stage.sync();
    on.stage.commit({ "db.container": undefined });
    await on.stage.sync();
    await on.stage.daemon(40_000);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
    expect(await present(on.stage, "db")).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });
});

describeFakeHost("a sync that waits for a person's answer, or for the host to become healthy", () => {
  const on = settlingStage();
  const lookAfter = () => createLookAfter(on.stage.quadgate().context)();

  /** A text on probation that ends, and a newer one of another instance that the gate holds. */
  async function endsMeanwhile(): Promise<void> {
    on.stage.deploy("app", OLD);
    on.stage.deploy("other", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.deploy("app", text("ends25", 2));
    await on.stage.sync();
    on.stage.world.healthScore = 80;
    on.stage.deploy("other", text("ok", 2));
  }

  it.each([true, false])("keeps nobody from putting back (answer: %s)", async (answer) => {
    await endsMeanwhile();
    let asked = 0;
    const confirm = async () => {
      asked += 1;
      await on.stage.pass(asked === 1 ? 60_000 : 0);
      return answer;
    };
    const sync = on.stage.sync({ attended: true, confirm });
    await on.stage.pass(40_000);
    await lookAfter();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
    expect((await sync).result).toBe(answer ? "applied" : "held");
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
    expect(on.stage.inForce("other")).toBe(nameOf(answer ? text("ok", 2) : OLD));
  });

  it("keeps nobody from putting back between two looks at the health", async () => {
    await endsMeanwhile();
    on.stage.world.healthScore = 20;
    const sync = on.stage.sync({}, { gate: { retry: { attempts: 3, wait: "20s" } } });
    await on.stage.pass(30_000);
    await lookAfter();
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
    expect((await sync).result).toBe("blocked");
    expect(await present(on.stage)).toEqual({ inForce: nameOf(OLD), runs: true, state: "good" });
  });
});
