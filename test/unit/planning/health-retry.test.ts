import { beforeEach, expect, it } from "vitest";
import { planOnly } from "../../../src/planning/preview.ts";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const SETTINGS = { gate: { retry: { attempts: 3, wait: "20s" } } };

describeFakeHost("a sync of a host under load", () => {
  const homelab = fakeHomelab();
  const start = () => homelab.quadgate({ settings: SETTINGS });
  /** The host's scores, one a look; the last one stays. */
  const scores = (...list: readonly number[]) => {
    const left = [...list];
    const get = () => (left.length > 1 ? left.shift() : left[0]);
    Object.defineProperty(homelab.world, "healthScore", { get, configurable: true });
  };

  beforeEach(() => {
    homelab.commit({
      "desired-state/web.container": "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\n",
    });
  });

  it("looks again until the host is healthy, and reports each look", async () => {
    scores(40, 75, 95);
    const began = homelab.world.clock.ms;
    const process = start();
    const { record } = await process.sync();
    expect(record).toMatchObject({ result: "applied", score: 95 });
    expect(record.looks?.map(({ score }) => score)).toEqual([40, 75, 95]);
    expect(homelab.world.clock.ms - began).toBeGreaterThanOrEqual(40_000);
    expect(Date.parse(record.judgedAt ?? "") - Date.parse(record.startedAt)).toBeGreaterThanOrEqual(40_000);
    const told = process.events.flatMap((event) =>
      event.type === "looked" ? [`${event.look} of ${event.of}: ${event.message}`] : [],
    );
    expect(told).toEqual([
      "1 of 3: health score 40 is below the block limit 70",
      "2 of 3: health score 75 is in the confirm band, 70 to 85",
    ]);
  });

  it("gives up after as many looks as the settings say", async () => {
    scores(40, 50, 60, 95);
    const { record } = await start().sync();
    expect(record).toMatchObject({ result: "blocked", score: 60 });
    expect(record.looks).toHaveLength(3);
  });

  it("asks a person only if the host does not recover by itself", async () => {
    scores(75, 80, 82);
    const asked: (number | null)[] = [];
    const report = await start().sync({
      confirm: async (_plan, { score }) => {
        asked.push(score);
        return true;
      },
    });
    expect({ asked, result: report.result }).toEqual({ asked: [82], result: "applied" });
  });

  it("does not overwrite what was written there by hand while it waited", async () => {
    const path = `${homelab.world.facts.unitDir}/web.container`;
    let looks = 0;
    const get = () => {
      looks += 1;
      if (looks === 2) homelab.world.files.put(path, "somebody's");
      return looks === 1 ? 40 : 95;
    };
    Object.defineProperty(homelab.world, "healthScore", { get, configurable: true });
    const { record } = await start().sync();
    expect(record).toMatchObject({ result: "blocked", reasons: [{ code: "foreign-unit" }] });
    expect(await homelab.world.files.read(path)).toBe("somebody's");
  });

  it("asks again if git wants something else by the time of the answer", async () => {
    scores(75);
    const asked: string[] = [];
    const report = await start().sync({
      confirm: async (plan) => {
        asked.push(plan.digest);
        if (asked.length > 1) return true;
        await homelab.world.clock.sleep(3_600_000);
        homelab.commit({
          "desired-state/web.container": "[Container]\nImage=docker.io/library/web:2\nHealthCmd=check\n",
        });
        return true;
      },
    });
    expect(new Set(asked).size).toBe(2);
    expect(report.record).toMatchObject({ result: "applied", planDigest: asked[1] });
  });

  it("looks once if that is enough, or if something else keeps the plan back anyway", async () => {
    scores(95);
    expect((await start().sync()).record).not.toHaveProperty("looks");
    scores(40, 95);
    homelab.world.files.put(`${homelab.world.facts.unitDir}/new.container`, "somebody's");
    homelab.commit({ "desired-state/new.container": "[Container]\nImage=docker.io/library/new:1\n" });
    const { record } = await start().sync({ allowPrune: true });
    expect(record).toMatchObject({ result: "blocked", score: 40 });
    expect(record).not.toHaveProperty("looks");
  });

  it("does not make a person wait who only wants to see the plan, or to stop", async () => {
    scores(40, 95);
    expect(
      (await planOnly(start().context, { workingTree: undefined, only: undefined, retry: false })).verdict,
    ).toMatchObject({ state: "blocked", score: 40 });
    scores(40, 95);
    const began = homelab.world.clock.ms;
    const { record } = await start().sync({ signal: AbortSignal.abort() });
    expect(record).toMatchObject({ result: "blocked", score: 40 });
    expect(homelab.world.clock.ms - began).toBeLessThan(20_000);
  });

  it("does not ask about a plan once it is asked to stop", async () => {
    scores(40);
    const options = { workingTree: undefined, only: undefined, retry: false, signal: AbortSignal.abort() };
    await expect(planOnly(start().context, options)).rejects.toMatchObject({ reason: "interrupted" });
  });

  it("is reported on the terminal", async () => {
    scores(40, 95);
    const environment = { QUADGATE_GATE_RETRY_ATTEMPTS: "2", QUADGATE_GATE_RETRY_WAIT: "30s" };
    const { exitCode, stderr } = await run(
      homelab.world,
      { repository: homelab.repository, environment },
      "reconcile",
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      "health score 40 is below the block limit 70; looking again in 30.0 s (look 1 of 2)",
    );
    const { stdout } = await run(homelab.world, homelab, "history", "--verbose");
    expect(stdout).toContain("looked 2 times: 40, 95");
  });
});
