import { expect } from "vitest";
import { at } from "../../src/model/live.ts";
import type { SyncReport } from "../../src/sync/reconcile.ts";
import { flaws } from "./fake-host/checks.ts";
import { ONE_PATTERN, quadgate, type SHIPPED } from "./fake-host/homelab.ts";
import { type Behaviour, type Fault, type FaultOptions, TestRepository, World } from "./fake-host/index.ts";

export type Files = Readonly<Record<string, string>>;

/** A sync that may be interrupted: what was in force, and what git asks for now. */
export interface Scenario {
  readonly title: string;
  /** Revisions that were synced without trouble before. */
  readonly before: readonly Files[];
  readonly after: Files;
  /** What git asks for when the next sync comes, if it has changed its mind meanwhile. */
  readonly next?: Files;
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** What the next sync ends with when this one was interrupted. */
  readonly results: readonly string[];
  /** The shipped patterns that it needs; default: the simplest one. */
  readonly shipped?: typeof SHIPPED;
}

/** A machine and a repository right before the sync of a scenario. */
export interface Stage {
  readonly world: World;
  readonly repository: TestRepository;
  readonly scenario: Scenario;
  readonly after: string;
  readonly next: string;
  /** Calls that the sync makes when nothing goes wrong. */
  readonly effects: number;
  readonly calls: number;
}

export async function prepare(scenario: Scenario): Promise<Stage> {
  const { shipped = ONE_PATTERN } = scenario;
  const repository = new TestRepository();
  const world = new World();
  for (const [name, behaviour] of Object.entries(scenario.behaviours ?? {}))
    world.contents.behaviours.set(name, behaviour);
  for (const files of scenario.before) {
    repository.commit(files);
    await quadgate(world, repository, { shipped }).sync({ allowPrune: true });
  }
  await world.idle();
  const after = repository.commit(scenario.after);
  const next = scenario.next === undefined ? after : repository.commit(scenario.next);
  repository.moveTo(after);
  const whole = quadgate(world.fork(), repository, { shipped });
  await whole.sync({ allowPrune: true });
  const { effects, calls } = whole.connection;
  return { world, repository, scenario, after, next, effects: effects.length, calls: calls() };
}

/** Interrupts the sync at every call that changes something (or at every few of them), each time from the start. */
export async function interruptEach(stage: () => Stage, fault: Fault, stride = 1): Promise<void> {
  const { effects } = stage();
  expect(effects).toBeGreaterThan(10);
  for (let at = 1; at <= effects; at += stride)
    await expectRecovery(stage(), { fault, at, among: "effects" });
}

/** What an interrupted sync was like: its report, or what it threw. */
type Interrupted = { readonly report?: SyncReport; readonly thrown?: unknown };

/**
 * Interrupts the scenario's sync, syncs again by a new process, and expects the machine to be as git wants it.
 */
export async function expectRecovery(stage: Stage, faults: FaultOptions): Promise<void> {
  const { repository, scenario } = stage;
  const { shipped = ONE_PATTERN } = scenario;
  const world = stage.world.fork();
  repository.moveTo(stage.after);
  const first = quadgate(world, repository, { faults, shipped });
  const interrupted: Interrupted = await first.sync({ allowPrune: true }).then(
    (report) => ({ report }),
    (thrown: unknown) => ({ thrown }),
  );
  const last = first.connection.effects.at(-1) ?? "";
  const where = `${scenario.title}: ${faults.fault} at ${faults.at}, last ${last}`;
  // What the interrupted sync removed rightly may be wanted again.
  if (stage.next !== stage.after) world.removed.length = 0;
  repository.moveTo(stage.next);
  // Nobody asks for it: the daemon's next sync has to finish what was begun. What has failed before, people retry.
  const attended = faults.fault !== "dies";
  const second = quadgate(world, repository, { shipped });
  const again = await second.sync({ attended, retry: attended, allowPrune: true });
  expect({ where, result: again.result, outcomes: failedOnes(again) }).toEqual({
    where,
    result: expect.toSatisfy((result: string) => scenario.results.includes(result)),
    outcomes: scenario.results.includes("rolled-back") ? expect.anything() : [],
  });
  await world.idle();
  const settled = await quadgate(world, repository, { shipped }).sync({ allowPrune: true });
  const rolledBack = again.result === "rolled-back" || settled.result === "rolled-back";
  const work = settled.plan.changes.filter(({ action }) => action !== "none");
  expect({ where, result: settled.result, work }).toEqual({
    where,
    result: rolledBack ? "rolled-back" : "in-sync",
    work: [],
  });
  if (rolledBack) expect({ where, runs: whatRuns(world) }).toEqual({ where, runs: whatRuns(stage.world) });
  else expect({ where, flaws: await flaws(world, settled.plan) }).toEqual({ where, flaws: [] });
  expectNothingLost(world, settled, interrupted, where);
}

/** What each container was made by, and whether it is well. */
function whatRuns(world: World): unknown {
  const rows = world.contents.containers.map(({ name, inspect, status, health }) => [
    name,
    { command: at(inspect, "Config", "CreateCommand"), status, health },
  ]);
  return Object.fromEntries(rows);
}

function failedOnes(report: SyncReport): readonly unknown[] {
  return report.outcomes.filter(({ outcome }) => outcome === "failed" || outcome === "skipped");
}

/** No file that git wants was ever removed, unless an instance that failed was put back to what was before. */
function expectNothingLost(world: World, { plan }: SyncReport, { report }: Interrupted, where: string): void {
  const failed = new Set((report?.outcomes ?? []).filter(isBad).map(({ instance }) => instance));
  const wanted = plan.changes.filter(({ digest, instance }) => digest !== null && !failed.has(instance));
  const paths = new Set(
    wanted.map(({ unit }) => (unit.startsWith("/") ? unit : `${world.facts.unitDir}/${unit}`)),
  );
  expect({ where, removed: world.removed.filter((path) => paths.has(path)) }).toEqual({ where, removed: [] });
}

function isBad({ outcome }: { readonly outcome: string }): boolean {
  return outcome === "failed" || outcome === "skipped";
}
