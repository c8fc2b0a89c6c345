import { type Inventory, isInForce } from "../model/inventory.ts";
import { type Change, isEmptyPlan, type Outcome, type Plan, type Verdict } from "../model/plan.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";
import { endUnchanged } from "../model/stop.ts";
import { type Context, step } from "../planning/context.ts";
import { type Desired, ignoredDrift, suspendedByManifest } from "../planning/desired.ts";
import type { Situation } from "../planning/plan-commit.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { type Converged, converge } from "./converge.ts";
import { type DecideOptions, decide } from "./decide.ts";
import { writeDocumentation } from "./documentation.ts";
import { keepHeld, letGo, markBegun } from "./held-plan.ts";
import { makeRecord, resultOf } from "./sync-record.ts";
import { sweep } from "./temporary-files.ts";

export interface SyncOptions extends DecideOptions {
  readonly trigger: string;
  /** How long to wait for another sync to end. */
  readonly lockWaitMs: number;
}

export interface SyncReport {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly result: SyncResult;
  readonly outcomes: readonly Outcome[];
  readonly record: SyncRecord;
  readonly desired: Desired;
  /** Paths of what was written to docsDir. */
  readonly documents: readonly string[];
}

/**
 * One sync, the whole path: source, manifest, render, observe, plan, gate, apply, verify, record. Throws `interrupted` when
 * it is asked to end before it has changed anything.
 */
export async function reconcile(context: Context, options: SyncOptions): Promise<SyncReport> {
  const { host } = context;
  const { lockWaitMs: waitMs, signal } = options;
  const release = await host.lock.acquire(`${host.facts.stateDir}/lock`, { waitMs, signal });
  try {
    const startedAt = host.clock.now().toISOString();
    const { state } = context;
    const inventory = await state.readInventory();
    await sweep(context, inventory);
    const { situation, judgement } = await decide(context, inventory, options);
    const { desired, hostPlan } = situation;
    const { verdict } = judgement;
    if (verdict.state === "open" && !isEmptyPlan(hostPlan.plan)) endUnchanged(options.signal);
    const acted =
      verdict.state === "open"
        ? await act(context, situation, options)
        : await hold(context, situation, { verdict, options });
    const { trigger, force, only } = options;
    const record = makeRecord(context, {
      startedAt,
      trigger,
      forced: force?.reason,
      plan: hostPlan.plan,
      judgement,
      stopped: options.signal?.aborted === true,
      ...acted,
    });
    await step(context, "record", () => state.appendRecord(record));
    context.emit({ type: "recorded", record });
    const { plan } = hostPlan;
    const documents =
      verdict.state === "open"
        ? await writeDocumentation(context, { desired, plan, record, inventory: acted.inventory, only })
        : [];
    return { plan, desired, verdict, result: record.result, outcomes: record.outcomes, record, documents };
  } finally {
    await release();
  }
}

type Acted = Pick<Converged, "outcomes" | "inventory"> & { readonly result: SyncResult };

/** Nothing is applied; a plan that waits for a person is kept, so that `approve` can name it. */
async function hold(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  { verdict, options }: { readonly verdict: Verdict; readonly options: SyncOptions },
): Promise<Acted> {
  const approvalMs = desired.settings.gate.approvalFor;
  await keepHeld(context, { plan: hostPlan.plan, inventory, verdict, approvalMs }, options);
  return { outcomes: [], inventory, result: verdict.state === "held" ? "held" : "blocked" };
}

async function act(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  options: SyncOptions,
): Promise<Acted> {
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

/** Whether everything that git asks for is applied, or found as wanted. */
function leavesNothing({ leftAlone, changes }: Plan, { units }: Inventory): boolean {
  const isDone = ({ unit, digest }: Change) =>
    units[unit]?.digest === digest && units[unit]?.pending === undefined;
  return (
    [...leftAlone.values()].every(({ code }) => code === "service-masked") &&
    !changes.some(({ reasons }) => reasons.some(({ code }) => code === "network-in-use")) &&
    // What is masked keeps nothing back that is in force already.
    changes.every((one) => isDone(one) || !one.reasons.some(({ code }) => code === "service-masked"))
  );
}
