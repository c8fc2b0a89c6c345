import { expect, it } from "vitest";
import type { SyncReport } from "../../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { present, settlingStage, text } from "../../../support/settling/fixture.ts";
import { nameOf, type Version } from "../../../support/settling/stage.ts";

const OLD = text("ok", 1);
const NEVER = text("never", 2, { check: "notify" });
const SLOW = text("ok", 2, { check: "notify" });
const WELL = ["applied", "in-sync"];
const PERSON = { attended: true, lockWaitMs: 60_000 } as const;

describeFakeHost("a sync that waits for a start", () => {
  const on = settlingStage();
  const starts = (service: string) =>
    on.stage.world.contents.journal.filter((one) => one.kind === "starting" && one.service === service)
      .length;
  const said = ({ outcomes }: SyncReport) => outcomes.map(({ unit, outcome }) => `${outcome} ${unit}`);
  /** A text whose health check passes after so long. */
  const deploySlowly = (instance: string, version: Version, afterMs: number) => {
    on.stage.deploy(instance, version);
    const image = `docker.io/library/${instance}:${nameOf(version)}`;
    on.stage.world.contents.behaviours.set(image, { kind: "healthy", afterMs });
  };

  it("lets a push go ahead that mends it, and says that it was superseded", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", NEVER);
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    on.stage.deploy("app", text("ok", 3));
    const began = on.stage.world.clock.steady;
    const second = on.stage.sync(PERSON);
    await on.stage.pass(2_000);
    expect(on.stage.running("app")).toBe(nameOf(text("ok", 3)));
    expect((await first).result).toBe("superseded");
    expect((await second).result).toBe("applied");
    expect(on.stage.world.clock.steady - began).toBeLessThan(14_000);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(text("ok", 3)), runs: true, state: "settled" });
    expect((await on.stage.inventory()).failed).toEqual({});
  });

  it("lets a sync go ahead for another instance, goes on and verifies", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    on.stage.deploy("other", OLD);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    deploySlowly("db", SLOW, 12_000);
    on.stage.deploy("app", text("ok", 2), NEEDS);
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    on.stage.deploy("other", text("ok", 5));
    const second = on.stage.sync({ ...PERSON, only: new Set(["other"]) });
    await on.stage.pass(2_000);
    expect([on.stage.running("other"), starts("app.service")]).toEqual([nameOf(text("ok", 5)), 1]);
    expect([(await first).result, (await second).result]).toEqual(["applied", "applied"]);
    expect(said(await first)).toEqual(["updated db.container", "updated app.container"]);
    for (const [name, version] of [
      ["db", SLOW],
      ["app", text("ok", 2)],
      ["other", text("ok", 5)],
    ] as const)
      expect(await present(on.stage, name)).toEqual({
        inForce: nameOf(version),
        runs: true,
        state: "settled",
      });
    expect((await on.stage.sync()).result).toBe("in-sync");
  });

  it("leaves what it has begun to the next one, which restarts nothing", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    deploySlowly("db", SLOW, 12_000);
    on.stage.deploy("app", text("ok", 2), NEEDS);
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    const second = on.stage.sync(PERSON);
    expect([(await first).result, (await second).result]).toEqual(["applied", "applied"]);
    expect([starts("db.service"), starts("app.service")]).toEqual([2, 2]);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(text("ok", 2)), runs: true, state: "settled" });
    expect((await on.stage.sync()).result).toBe("in-sync");
  });

  it("fails and goes back as before if nobody asks", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    on.stage.deploy("app", NEVER);
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(OLD), runs: true });
  });

  it("can be killed there, and the next one takes over", async () => {
    on.stage.deploy("app", OLD);
    await on.stage.sync();
    deploySlowly("app", SLOW, 12_000);
    const first = on.stage.quadgate();
    const killed = first.sync({ attended: false }).catch(() => undefined);
    await on.stage.pass(4_000);
    first.connection.kill();
    expect(WELL).toContain((await on.stage.sync()).result);
    await killed;
    expect(starts("app.service")).toBe(2);
    expect(await present(on.stage)).toEqual({ inForce: nameOf(SLOW), runs: true, state: "settled" });
  });

  it("that another one has taken over says that it was left unfinished if that one dies", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, NEEDS);
    await on.stage.sync();
    deploySlowly("db", SLOW, 15_000);
    on.stage.deploy("app", text("ok", 2), NEEDS);
    const first = on.stage.sync();
    await on.stage.pass(3_000);
    const second = on.stage.quadgate();
    const killed = second.sync(PERSON).catch(() => undefined);
    await on.stage.pass(4_000);
    second.connection.kill();
    expect((await first).result).toBe("failed");
    await killed;
    expect(WELL).toContain((await on.stage.sync()).result);
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(text("ok", 2)), runs: true });
  });

  it("begins nothing more once it is asked to end", async () => {
    on.stage.deploy("db", OLD);
    on.stage.deploy("app", OLD, FOLLOWS);
    await on.stage.sync();
    deploySlowly("db", SLOW, 12_000);
    on.stage.deploy("app", text("ok", 2), FOLLOWS);
    const stop = new AbortController();
    const first = on.stage.sync({ signal: stop.signal });
    await on.stage.pass(4_000);
    stop.abort();
    const { record } = await first;
    expect(record).toMatchObject({ result: "failed", interrupted: true });
    expect([on.stage.running("db"), on.stage.running("app")]).toEqual([nameOf(SLOW), nameOf(OLD)]);
    expect((await on.stage.sync()).result).toBe("applied");
    expect(await present(on.stage)).toMatchObject({ inForce: nameOf(text("ok", 2)), runs: true });
  });
});

const NEEDS = { unit: "Requires=db.service\nAfter=db.service" };
const FOLLOWS = { unit: "Wants=db.service\nAfter=db.service" };
