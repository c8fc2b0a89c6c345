import { applyPlan } from "../apply/index.ts";
import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { type Change, isHeal, type Outcome } from "../model/plan.ts";
import type { Unit } from "../model/unit.ts";
import { failedBefore, instanceDigest } from "../plan/index.ts";
import { type Context, step } from "../planning/context.ts";
import { type Desired, hooksOf } from "../planning/desired.ts";
import { type HostPlan, planHost } from "../planning/plan-host.ts";
import { isKept, notPutBack, putBackTarget, TEXTS_LOST } from "../planning/put-back-target.ts";
import { asIfAsked } from "../planning/read-drift-policy.ts";
import { earlyChecks } from "../quadlet/early-checks.ts";
import { dependencies, oneshots } from "../quadlet/order.ts";
import { begin, inForce, markApplied, rememberFailures } from "../state/index.ts";
import { waitUntilReady } from "../verify/index.ts";
import { verifiedKeys } from "./verified-texts.ts";

export interface ConvergeInput {
  readonly context: Context;
  readonly desired: Desired;
  readonly hostPlan: HostPlan;
  readonly inventory: Inventory;
  /** The sources in force before this sync. */
  readonly previous: readonly Unit[];
  readonly signal?: AbortSignal | undefined;
}

export interface Converged {
  readonly outcomes: readonly Outcome[];
  /** Instances that did not get to what git asks, with what was observed. */
  readonly failed: ReadonlyMap<string, string>;
  /** Instances that were put back to what was in force before. */
  readonly putBack: ReadonlySet<string>;
  readonly inventory: Inventory;
}

/**
 * Applies a plan and waits until its services are ready. Instances that do not become healthy are put back to
 * the units they had before, by the same means: a pass over those units.
 */
export async function converge(input: ConvergeInput): Promise<Converged> {
  const renewedAmong = ({ failed }: Tried) =>
    new Set(input.signal?.aborted ? [] : [...failed.keys()].filter((name) => hasNewText(input, name)));
  const first = await pass(input, (tried) => failedAttempts(input, tried, renewedAmong(tried)));
  const renewed = renewedAmong(first);
  if (renewed.size === 0) return { ...first, putBack: new Set() };
  const { inventory, stuck } = await putBackFailed(input, first, renewed);
  const outcomes = first.outcomes.map((one) => {
    const why = one.outcome === "failed" ? stuck.get(one.instance) : undefined;
    return why === undefined ? one : { ...one, message: `${one.message ?? "failed"}; ${why}` };
  });
  const putBack = new Set([...renewed].filter((instance) => !stuck.has(instance)));
  return { outcomes, failed: first.failed, inventory, putBack };
}

/** Whether this sync brought an instance a text that it had not before; else there is nothing to go back to. */
function hasNewText({ hostPlan: { plan }, inventory, desired }: ConvergeInput, instance: string): boolean {
  if (desired.putBack?.has(instance)) return false;
  return plan.changes.some(
    (change) =>
      change.instance === instance && (inventory.units[change.unit]?.digest ?? null) !== change.digest,
  );
}

interface Tried {
  readonly outcomes: readonly Outcome[];
  readonly failed: ReadonlyMap<string, string>;
}

interface Passed extends Tried {
  readonly inventory: Inventory;
}

/**
 * One apply and verify. What went well is recorded as done only at its end, and in the same stroke what failed, so that
 * a putting back which is cut short before it has begun is finished by the next sync.
 */
async function pass(
  input: ConvergeInput,
  attemptsOf: (tried: Tried) => Inventory["failed"],
): Promise<Passed> {
  const { context, desired, signal } = input;
  const { state } = context;
  const { plan, live } = input.hostPlan;
  const hooks = hooksOf(desired.state);
  let inventory = input.inventory;
  const isForgiven = (instance: string) => !desired.putBack?.has(instance);
  const inventoryLog = {
    begin: async (changes: readonly Change[]) => {
      const tried = changes.map(({ instance }) => instance).filter(isForgiven);
      inventory = rememberFailures(begin(inventory, changes), {}, new Set(tried));
      await state.writeInventory(inventory);
    },
  };
  const applied = await step(context, "apply", () =>
    applyPlan({
      host: context.host,
      plan,
      units: desired.units,
      waitsFor: dependencies(desired.generated),
      earlyChecks: earlyChecks(desired.generated, context.host.facts),
      live,
      hooks,
      folders: input.hostPlan.folders,
      inventoryLog,
      emit: context.emit,
      startTimeoutMs: desired.settings.verify.timeout,
      signal,
    }),
  );
  const { outcomes, live: after } = await step(context, "verify", () =>
    verifyOutcomes(input, inventory, applied),
  );
  const bad = outcomes.filter(isBad);
  const left = new Set(bad.map(({ unit }) => unit));
  const failed = failuresOf(bad, plan.changes);
  const good = plan.changes.filter(
    (change) => !left.has(change.unit) && isDone(change, failed, plan.leftAlone),
  );
  // What was to be healed has no new text: it shows as drift again, and the brake counts the next try.
  const undone = plan.changes.filter((change) => isHeal(change) && !good.includes(change));
  inventory = markApplied(inventory, [...good, ...undone], plan.revision);
  const still = failedBefore({ units: desired.units, hooks, inventory });
  const over = Object.keys(inventory.failed).filter((name) => !still.has(name) && !plan.leftAlone.has(name));
  const forgiven = new Set([...good.map(({ instance }) => instance), ...over].filter(isForgiven));
  const attempts = attemptsOf({ outcomes, failed });
  inventory = rememberFailures(inventory, attempts, forgiven);
  const generation = await state.storeGeneration(inForce(inventory, [...desired.units, ...input.previous]));
  const changed = good.length + undone.length + forgiven.size + Object.keys(attempts).length;
  if (changed > 0 || generation !== inventory.generation) {
    inventory = { ...inventory, generation };
    await state.writeInventory(inventory);
    await state.addVerified(verifiedKeys(good, { ...desired, live: after, facts: context.host.facts }));
  }
  return { outcomes, failed, inventory };
}

/** Done and well: applied without a failure in its instance, or found on the host as wanted and taken over. */
function isDone(
  change: Change,
  failed: ReadonlyMap<string, string>,
  leftAlone: ReadonlyMap<string, unknown>,
): boolean {
  if (failed.has(change.instance) || leftAlone.has(change.instance)) return false;
  return change.action !== "none" || change.reasons.some(({ code }) => code === "adopted");
}

/** Waits until the services are ready, and observes the host; then nothing may be left to do for what was applied. */
async function verifyOutcomes(
  input: ConvergeInput,
  inventory: Inventory,
  applied: readonly Outcome[],
): Promise<{ readonly outcomes: readonly Outcome[]; readonly live: LiveState }> {
  if (applied.length === 0) return { outcomes: [], live: input.hostPlan.live };
  const { context, desired, signal } = input;
  const { plan } = input.hostPlan;
  const services = new Map(plan.changes.map((change) => [change.unit, change.service]));
  const ending = oneshots(desired.generated);
  const targets = applied
    .filter(({ outcome }) => outcome === "created" || outcome === "updated" || outcome === "restarted")
    .flatMap(({ unit }) => {
      const service = services.get(unit);
      return service ? [{ unit, service, ends: ending.has(service) }] : [];
    });
  const { timeout: timeoutMs, stable: stableMs } = desired.settings.verify;
  const problems = new Map(
    await waitUntilReady(context.host, targets, { timeoutMs, stableMs, emit: context.emit, signal }),
  );
  const done = plan.changes.filter(({ unit, action }) => action !== "none" && !problems.has(unit));
  const only = new Set(done.map((change) => change.instance));
  const again = await planHost(context, desired, markApplied(inventory, done, plan.revision), {
    only,
    attended: true,
    retry: true,
    driftPolicies: asIfAsked(input.hostPlan.driftPolicies),
  });
  for (const left of again.plan.changes.filter(isLeft)) {
    const why = left.reasons.map(({ message }) => message).join("; ");
    const what =
      left.action === "none"
        ? "it cannot be loaded again"
        : `planning again still wants to ${left.action} it`;
    if (!problems.has(left.unit)) problems.set(left.unit, `${what}: ${why}`);
  }
  const outcomes = applied.map((outcome) => {
    const message = problems.get(outcome.unit);
    const went = outcome.outcome !== "failed" && outcome.outcome !== "skipped";
    if (message === undefined || !went) return outcome;
    const failed = { ...outcome, outcome: "failed" as const, message };
    context.emit({ type: "unit-finished", outcome: failed });
    return failed;
  });
  return { outcomes, live: again.live };
}

/** Also where podman's generator has begun to fail meanwhile: what was applied is not loaded then. */
function isLeft({ action, reasons }: Change): boolean {
  return action !== "none" || reasons.some(({ code }) => code === "generator-fails");
}

function isBad({ outcome }: Outcome): boolean {
  return outcome === "failed" || outcome === "skipped";
}

/** What could not be deleted is nothing to go back from: it stays in the inventory, and the next sync tries again. */
function failuresOf(bad: readonly Outcome[], changes: readonly Change[]): ReadonlyMap<string, string> {
  const gone = new Set(changes.flatMap(({ unit, action }) => (action === "delete" ? [unit] : [])));
  const failures = bad.filter(({ unit }) => !gone.has(unit));
  return new Map(
    failures.map(({ instance, unit, message }) => [instance, `${unit}: ${message ?? "failed"}`]),
  );
}

interface PutBack {
  readonly inventory: Inventory;
  /** Instances that are not back, and why. */
  readonly stuck: ReadonlyMap<string, string>;
}

/** Puts instances back to the units that were in force, where the texts of those are kept. */
async function putBackFailed(
  input: ConvergeInput,
  first: Passed,
  failed: ReadonlySet<string>,
): Promise<PutBack> {
  const only = new Set([...failed].filter((name) => isKept(name, input.inventory, input.previous)));
  const lost = [...failed].filter((name) => !only.has(name)).map((name) => [name, TEXTS_LOST] as const);
  const { inventory, stuck } =
    only.size === 0 ? { inventory: first.inventory, stuck: [] } : await applyPrevious(input, first, only);
  const all = new Map([...stuck, ...lost]);
  for (const [name, why] of all) input.context.emit({ type: "warning", message: `${name}: ${why}` });
  return { inventory, stuck: all };
}

async function applyPrevious(
  input: ConvergeInput,
  first: Passed,
  only: ReadonlySet<string>,
): Promise<PutBack> {
  const { context, desired, previous } = input;
  const target = await putBackTarget(
    context,
    { ...desired, revision: input.inventory.appliedRevision },
    previous,
    only,
  );
  const known = new Set(desired.units.map(({ name }) => name));
  const brought = target.units.filter(({ name }) => !known.has(name));
  const hostPlan = await planHost(context, target, first.inventory, {
    only: new Set([...only, ...brought.map(({ instance }) => instance)]),
    attended: true,
    retry: true,
    driftPolicies: asIfAsked(input.hostPlan.driftPolicies),
  });
  // Not cut short, whoever asks: what is put back here does not run, or is ill.
  const whole = { ...input, signal: undefined, desired: target, hostPlan, inventory: first.inventory };
  const second = await pass(whole, () => ({}));
  return { inventory: second.inventory, stuck: notPutBack(hostPlan.plan, second, only) };
}

function failedAttempts(
  { context, desired, inventory }: ConvergeInput,
  first: Tried,
  only: ReadonlySet<string>,
): Readonly<Record<string, FailedAttempt>> {
  const at = context.host.clock.now().toISOString();
  const hooks = hooksOf(desired.state);
  const own = [...first.failed].filter(([name]) => only.has(name) && hasOwnFailure(first.outcomes, name));
  return Object.fromEntries(
    own.map(([instance, message]) => {
      const digest = instanceDigest(desired.units, instance, hooks);
      const before = inventory.generation;
      return [instance, { digest, revision: desired.revision, message, at, before }];
    }),
  );
}

/** A unit that was skipped because its dependency failed has not failed itself. */
function hasOwnFailure(outcomes: readonly Outcome[], instance: string): boolean {
  return outcomes.some((outcome) => outcome.instance === instance && outcome.outcome === "failed");
}
