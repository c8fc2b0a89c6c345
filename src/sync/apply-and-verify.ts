import { applyPlan } from "../apply/index.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import type { Change, Outcome } from "../model/plan.ts";
import type { Unit } from "../model/unit.ts";
import { failedBefore, instanceDigest } from "../plan/index.ts";
import { type Context, step } from "../planning/context.ts";
import { hooksOf } from "../planning/desired.ts";
import { type HostPlan, planAgain } from "../planning/plan-host.ts";
import { asIfAsked } from "../planning/read-drift-policy.ts";
import { earlyChecks } from "../quadlet/early-checks.ts";
import { parseLoaded } from "../quadlet/generated.ts";
import { isInOrder, partsOf } from "../quadlet/jobs.ts";
import { neededBy } from "../quadlet/links.ts";
import { dependencies, oneshots } from "../quadlet/order.ts";
import { begin, inForce, markApplied, rememberFailures } from "../state/index.ts";
import { waitUntilReady } from "../verify/index.ts";
import { type Conclusion, conclude } from "./conclude.ts";
import { verifiedKeys } from "./verified-texts.ts";
import { whatIsLeft } from "./what-is-left.ts";

export interface PassInput {
  readonly context: Context;
  readonly hostPlan: HostPlan;
  readonly inventory: Inventory;
  /** The sources in force before this sync. */
  readonly previous: readonly Unit[];
  readonly signal?: AbortSignal | undefined;
}

export interface PassResult extends Conclusion {
  readonly outcomes: readonly Outcome[];
}

/**
 * Applies and verifies once. Only the end of a pass records what went well, and the same write records what
 * failed. If putting back is interrupted before it has begun, the next sync finishes it.
 */
export async function pass(input: PassInput): Promise<PassResult> {
  const { context } = input;
  const { applied, begun } = await apply(input);
  const verified = await step(context, "verify", () => verifyOutcomes(input, begun, applied));
  const concluded = concludePass(input, begun, verified);
  const inventory = await record(input, begun, concluded, verified.live);
  return { ...concluded, inventory, outcomes: verified.outcomes };
}

interface ApplyResult {
  readonly applied: readonly Outcome[];
  /** The inventory with the marks of what was begun. */
  readonly begun: Inventory;
}

async function apply(input: PassInput): Promise<ApplyResult> {
  const { context, signal } = input;
  const { plan, live, effective, folders } = input.hostPlan;
  const desired = partsOf({ services: effective.generated.services, units: effective.units, live });
  const loaded = partsOf({ services: parseLoaded(live.generated), units: [], live });
  let begun = input.inventory;
  const inventoryLog = {
    begin: async (changes: readonly Change[]) => {
      const tried = changes.map(({ instance }) => instance).filter((name) => !effective.putBack?.has(name));
      begun = rememberFailures(begin(begun, changes), {}, new Set(tried));
      await context.state.writeInventory(begun);
    },
  };
  const applied = await step(context, "apply", () =>
    applyPlan({
      host: context.host,
      plan,
      units: effective.units,
      waitsFor: dependencies(effective.generated.services),
      earlyChecks: earlyChecks(effective.generated),
      live,
      isJob: (service) => [desired, loaded].some((partOf) => partOf(service).role === "job"),
      hooks: hooksOf(effective.state),
      folders,
      inventoryLog,
      emit: context.emit,
      startTimeoutMs: effective.settings.verify.timeout,
      signal,
    }),
  );
  return { applied, begun };
}

interface VerifyResult {
  readonly outcomes: readonly Outcome[];
  readonly live: LiveState;
}

/** Waits until the services are ready, and plans again: for what was applied, nothing may be left to do. */
async function verifyOutcomes(
  input: PassInput,
  inventory: Inventory,
  applied: readonly Outcome[],
): Promise<VerifyResult> {
  const { context, hostPlan } = input;
  if (applied.length === 0) return { outcomes: [], live: hostPlan.live };
  const { plan } = hostPlan;
  const problems = new Map(await waitFor(input, applied));
  const done = plan.changes.filter(({ unit, action }) => action !== "none" && !problems.has(unit));
  const again = await planAgain(
    context,
    { ...hostPlan, driftPolicies: asIfAsked(hostPlan.driftPolicies) },
    markApplied(inventory, done, plan.revision),
    { only: new Set(done.map((change) => change.instance)), attended: true, retry: true },
  );
  const kept = new Set(plan.changes.flatMap(({ unit, reloadOnly }) => (reloadOnly ? [unit] : [])));
  // What has not been restarted may differ in other ways, which are not of this sync's making.
  const left = whatIsLeft(again.plan.changes.filter((one) => one.reloadOnly || !kept.has(one.unit)));
  for (const [unit, why] of left.failures) if (!problems.has(unit)) problems.set(unit, why);
  const outcomes = applied.map((outcome) => {
    const message = problems.get(outcome.unit);
    const went = outcome.outcome !== "failed" && outcome.outcome !== "skipped";
    if (!went) return outcome;
    if (message === undefined) return withWarning(context, outcome, left.warnings.get(outcome.unit));
    const failed = { ...outcome, outcome: "failed" as const, message };
    context.emit({ type: "unit-finished", outcome: failed });
    return failed;
  });
  return { outcomes, live: again.live };
}

function waitFor(
  { context, hostPlan: { plan, effective }, signal }: PassInput,
  applied: readonly Outcome[],
): Promise<ReadonlyMap<string, string>> {
  const changes = new Map(
    plan.changes.flatMap((change) => (change.reloadOnly ? [] : [[change.unit, change] as const])),
  );
  const ending = oneshots(effective.generated);
  const targets = applied
    .filter(({ outcome }) => outcome === "created" || outcome === "updated" || outcome === "restarted")
    .flatMap(({ unit }) => {
      const { service, loadOnly } = changes.get(unit) ?? {};
      const isLoaded = loadOnly !== undefined;
      return service ? [{ unit, service, ends: ending.has(service), ...(isLoaded && { isLoaded }) }] : [];
    });
  const { timeout: timeoutMs, stable: stableMs } = effective.settings.verify;
  return waitUntilReady(context.host, targets, { timeoutMs, stableMs, emit: context.emit, signal });
}

/** Says what differs although the sync went well. */
function withWarning({ emit }: Context, outcome: Outcome, message: string | undefined): Outcome {
  if (message === undefined) return outcome;
  emit({ type: "warning", message: `${outcome.unit}: ${message}` });
  return { ...outcome, message };
}

function concludePass(input: PassInput, begun: Inventory, { outcomes, live }: VerifyResult): Conclusion {
  const { context, hostPlan } = input;
  const { plan, target, effective } = hostPlan;
  const { generated } = effective;
  const hooks = hooksOf(target.state);
  const partOf = partsOf({ services: generated.services, units: effective.units, live });
  const still = failedBefore({
    units: target.units,
    hooks,
    inventory: begun,
    puttingBack: target.putBack,
  });
  return conclude({
    plan,
    outcomes,
    inventory: begun,
    before: input.inventory,
    needs: neededBy(generated.services),
    waitsFor: dependencies(generated.services),
    isActive: (service) =>
      isInOrder(service, generated.services.get(service)?.text, live.services.get(service), partOf),
    puttingBack: effective.putBack ?? new Set(),
    stopped: input.signal?.aborted === true,
    digestOf: (instance) => instanceDigest(target.units, instance, hooks),
    over: Object.keys(begun.failed).filter((name) => !still.has(name) && !plan.leftAlone.has(name)),
    now: context.host.clock.now().toISOString(),
  });
}

/** Writes the result of a pass, with the texts that are in force after it. */
async function record(
  { context, hostPlan: { effective }, previous }: PassInput,
  begun: Inventory,
  { inventory, done }: Conclusion,
  live: LiveState,
): Promise<Inventory> {
  const { state } = context;
  const generation = await state.storeGeneration(inForce(inventory, [...effective.units, ...previous]));
  const isSame = JSON.stringify(inventory) === JSON.stringify(begun);
  if (isSame && generation === inventory.generation) return inventory;
  const after = { ...inventory, generation };
  await state.writeInventory(after);
  await state.addVerified(verifiedKeys(done, { ...effective, live }));
  return after;
}
