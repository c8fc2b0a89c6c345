import { type Inventory, isInForce } from "../model/inventory.ts";
import { type Change, isEmptyPlan, type Outcome, type Plan, type Verdict } from "../model/plan.ts";
import type { ReasonCode } from "../model/reasons.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";
import { endUnchanged } from "../model/stop.ts";
import { type Context, step } from "../planning/context.ts";
import { ignoredDrift, type RenderedState, suspendedByManifest } from "../planning/desired.ts";
import type { Situation } from "../planning/plan-commit.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { type Convergence, converge } from "./converge.ts";
import { type DecideOptions, decide } from "./decide.ts";
import { writeDocumentation } from "./documentation.ts";
import { keepHeld, letGo, markBegun } from "./held-plan.ts";
import { type LockOptions, whileLocked } from "./lock.ts";
import { makeRecord, resultOf } from "./sync-record.ts";
import { sweep } from "./temporary-files.ts";

export interface SyncOptions extends DecideOptions, LockOptions {
  readonly trigger: string;
}

export interface SyncReport {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly result: SyncResult;
  readonly outcomes: readonly Outcome[];
  readonly record: SyncRecord;
  readonly desired: RenderedState;
  /** Paths of the files that were written to docsDir. */
  readonly documents: readonly string[];
}

/**
 * Runs one sync with the lock. Throws like `reconcileLocked`, and `locked` if another sync does not end in
 * time.
 */
export function reconcile(context: Context, options: SyncOptions): Promise<SyncReport> {
  return whileLocked(context, options, () => reconcileLocked(context, options));
}

/**
 * Runs the whole path: source, manifest, render, observe, plan, gate, apply, verify, record. The caller holds
 * the lock. Throws `interrupted` if it is asked to end before it has changed anything.
 */
export async function reconcileLocked(
  context: Context,
  options: Omit<SyncOptions, "lockWaitMs">,
): Promise<SyncReport> {
  const { host, state } = context;
  const startedAt = host.clock.now().toISOString();
  const inventory = await state.readInventory();
  await sweep(context, inventory);
  const { situation, judgement } = await decide(context, inventory, options);
  const { desired, hostPlan } = situation;
  const { plan } = hostPlan;
  const { verdict } = judgement;
  const isOpen = verdict.state === "open";
  if (isOpen && !isEmptyPlan(plan)) endUnchanged(options.signal);
  const acted = isOpen
    ? await act(context, situation, options)
    : await hold(context, situation, { verdict, options });
  const { trigger, force, only } = options;
  const stopped = options.signal?.aborted === true;
  const sync = { startedAt, trigger, forced: force?.reason, plan, judgement, stopped, ...acted };
  const record = makeRecord(context, sync);
  await step(context, "record", () => state.appendRecord(record));
  context.emit({ type: "recorded", record });
  const documented = { desired, plan, record, inventory: acted.inventory, only };
  const documents = isOpen ? await writeDocumentation(context, documented) : [];
  return { plan, desired, verdict, result: record.result, outcomes: record.outcomes, record, documents };
}

type ActResult = Pick<Convergence, "outcomes" | "inventory"> & { readonly result: SyncResult };

/** Applies nothing. Keeps a plan that waits for a person, so that `approve` can name it. */
async function hold(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  { verdict, options }: { readonly verdict: Verdict; readonly options: DecideOptions },
): Promise<ActResult> {
  const approvalMs = desired.settings.gate.approvalFor;
  await keepHeld(context, { plan: hostPlan.plan, inventory, verdict, approvalMs }, options);
  return { outcomes: [], inventory, result: verdict.state === "held" ? "held" : "blocked" };
}

async function act(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  options: DecideOptions,
): Promise<ActResult> {
  const previous = await unitsInForce(context, inventory);
  await markBegun(context.state, hostPlan.plan, inventory);
  const done = await converge({
    context,
    hostPlan,
    inventory,
    previous,
    signal: options.signal,
  });
  await letGo(context.state, { plan: hostPlan.plan, inventory, signal: options.signal }, options);
  const result = resultOf(hostPlan.plan, done);
  const left = done.outcomes.some(({ outcome }) => outcome === "failed" || outcome === "skipped");
  const all = options.only === undefined || isInForce(done.inventory, desired.units);
  const isGits = (hostPlan.effective.putBack?.size ?? 0) === 0;
  const whole = !left && leavesNothing(hostPlan.plan, done.inventory) && all && isGits;
  const after: Inventory = {
    ...done.inventory,
    appliedRevision: whole ? desired.revision : done.inventory.appliedRevision,
    ignoreDrift: ignoredDrift(desired.state),
    suspended: [...suspendedByManifest(desired.state)].sort(),
  };
  if (JSON.stringify(after) !== JSON.stringify(done.inventory)) await context.state.writeInventory(after);
  return { outcomes: done.outcomes, inventory: after, result };
}

/** Reasons why a single unit waits although its instance goes ahead. */
const WAITING: ReadonlySet<string> = new Set<ReasonCode>(["network-in-use", "job-running"]);

/** Whether everything that git asks for is applied, or was already on the host. */
function leavesNothing({ leftAlone, changes }: Plan, { units }: Inventory): boolean {
  const isDone = ({ unit, digest }: Change) =>
    units[unit]?.digest === digest && units[unit]?.pending === undefined;
  return (
    [...leftAlone.values()].every(({ code }) => code === "service-masked") &&
    !changes.some(({ reasons }) => reasons.some(({ code }) => WAITING.has(code))) &&
    // A masked service keeps nothing back if its text is already in force.
    changes.every((one) => isDone(one) || !one.reasons.some(({ code }) => code === "service-masked"))
  );
}
