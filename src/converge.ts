import { applyPlan } from "./apply/index.ts";
import { type Context, step } from "./context.ts";
import { type Desired, hooksOf, withoutHooks } from "./desired.ts";
import { begin, inForce, rememberFailures, type State, settle } from "./history/index.ts";
import type { FailedAttempt, Inventory } from "./model/inventory.ts";
import type { LiveState } from "./model/live.ts";
import { type Change, isHeal, type Outcome } from "./model/plan.ts";
import type { Unit } from "./model/unit.ts";
import { dependencies, failedBefore, instanceDigest, oneshots } from "./plan/index.ts";
import { attendedBy } from "./standing.ts";
import { type Survey, survey } from "./survey.ts";
import { verifiedKeys } from "./verified.ts";
import { verifyTargets } from "./verify/index.ts";

export interface ConvergeInput {
  readonly context: Context;
  readonly state: State;
  readonly desired: Desired;
  readonly survey: Survey;
  readonly inventory: Inventory;
  /** The sources in force before this sync. */
  readonly previous: readonly Unit[];
  readonly signal?: AbortSignal | undefined;
}

export interface Converged {
  readonly outcomes: readonly Outcome[];
  /** Instances that did not get to what git asks, with what was seen. */
  readonly failed: ReadonlyMap<string, string>;
  /** Instances that were put back to what was in force before. */
  readonly rolledBack: ReadonlySet<string>;
  readonly inventory: Inventory;
}

/**
 * Applies a plan and waits until the host has settled. Instances that do not become healthy are put back to
 * the units they had before, by the same means: a pass over those units.
 */
export async function converge(input: ConvergeInput): Promise<Converged> {
  const first = await pass(input);
  const renewed = new Set([...first.failed.keys()].filter((instance) => hasNewText(input, instance)));
  if (renewed.size === 0 || input.signal?.aborted) return { ...first, rolledBack: new Set() };
  const back = await rollBack(input, first, renewed);
  return { ...back, outcomes: first.outcomes, failed: first.failed };
}

/** Whether this sync brought an instance a text that it had not before; else there is nothing to go back to. */
function hasNewText({ survey: { plan }, inventory }: ConvergeInput, instance: string): boolean {
  return plan.changes.some(
    (change) =>
      change.instance === instance && (inventory.units[change.unit]?.digest ?? null) !== change.digest,
  );
}

interface Passed {
  readonly outcomes: readonly Outcome[];
  readonly failed: ReadonlyMap<string, string>;
  readonly inventory: Inventory;
}

/** One apply and verify. What went well is recorded as done only at its end. */
async function pass(input: ConvergeInput): Promise<Passed> {
  const { context, state, desired, signal } = input;
  const { plan, live } = input.survey;
  const hooks = hooksOf(desired.state);
  let inventory = input.inventory;
  const ledger = {
    begin: async (changes: readonly Change[]) => {
      inventory = begin(inventory, changes);
      await state.writeInventory(inventory);
    },
  };
  const applied = await step(context, "apply", () =>
    applyPlan({
      host: context.host,
      plan,
      units: desired.units,
      waitsFor: dependencies(desired.generated),
      live,
      hooks,
      folders: input.survey.folders,
      ledger,
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
    (change) => !left.has(change.unit) && isSettled(change, failed, plan.frozen),
  );
  // What was to be healed has no new text: it shows as drift again, and the brake counts the next try.
  const undone = plan.changes.filter((change) => isHeal(change) && !good.includes(change));
  inventory = settle(inventory, [...good, ...undone], plan.revision);
  const still = failedBefore({ units: desired.units, hooks, inventory });
  const over = Object.keys(inventory.failed).filter((name) => !still.has(name) && !plan.frozen.has(name));
  const forgiven = new Set([...good.map(({ instance }) => instance), ...over]);
  inventory = rememberFailures(inventory, {}, forgiven);
  const generation = await state.storeGeneration(inForce(inventory, [...desired.units, ...input.previous]));
  if (forgiven.size > 0 || undone.length > 0 || generation !== inventory.generation) {
    inventory = { ...inventory, generation };
    await state.writeInventory(inventory);
    await state.addVerified(verifiedKeys(good, { ...desired, live: after, facts: context.host.facts }));
  }
  return { outcomes, failed, inventory };
}

/** Done and well: applied without a failure in its instance, or found on the host as wanted and taken over. */
function isSettled(
  change: Change,
  failed: ReadonlyMap<string, string>,
  frozen: ReadonlyMap<string, unknown>,
): boolean {
  if (failed.has(change.instance) || frozen.has(change.instance)) return false;
  return change.action !== "none" || change.reasons.some(({ code }) => code === "adopted");
}

/** Waits until the host has settled, and looks at it; then nothing may be left to do for what was applied. */
async function verifyOutcomes(
  input: ConvergeInput,
  inventory: Inventory,
  applied: readonly Outcome[],
): Promise<{ readonly outcomes: readonly Outcome[]; readonly live: LiveState }> {
  if (applied.length === 0) return { outcomes: [], live: input.survey.live };
  const { context, desired, signal } = input;
  const { plan } = input.survey;
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
    await verifyTargets(context.host, targets, { timeoutMs, stableMs, emit: context.emit, signal }),
  );
  const done = plan.changes.filter(({ unit, action }) => action !== "none" && !problems.has(unit));
  const only = new Set(done.map((change) => change.instance));
  const again = await survey(context, desired, settle(inventory, done, plan.revision), {
    only,
    attended: true,
    retry: true,
    standing: attendedBy(input.survey.standing),
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

/** Puts instances back to the units that were in force, and remembers what failed so that it is not tried again. */
async function rollBack(
  input: ConvergeInput,
  first: Passed,
  only: ReadonlySet<string>,
): Promise<Pick<Converged, "inventory" | "rolledBack">> {
  const { context, state, desired, previous } = input;
  const kept = desired.units.filter((unit) => !only.has(unit.instance));
  const restored = previous.filter((unit) => only.has(unit.instance) || isLostNetwork(unit, kept));
  const units = [...kept, ...restored];
  const generated = await context.host.quadlet.generate(units);
  const target: Desired = {
    ...desired,
    state: withoutHooks(desired.state, only),
    units,
    generated,
    revision: input.inventory.appliedRevision,
  };
  const touched = new Set([...only, ...restored.map(({ instance }) => instance)]);
  const seen = await survey(context, target, first.inventory, {
    only: touched,
    attended: true,
    retry: true,
    standing: attendedBy(input.survey.standing),
  });
  // Not cut short, whoever asks: what is put back here does not run, or is ill.
  const whole = { ...input, signal: undefined };
  const second = await pass({ ...whole, desired: target, survey: seen, inventory: first.inventory });
  const attempts = failedAttempts(input, first, only);
  const inventory = rememberFailures(second.inventory, attempts, new Set());
  await state.writeInventory(inventory);
  return { inventory, rolledBack: new Set([...only].filter((instance) => !second.failed.has(instance))) };
}

/** The old units may sit on a network that nobody else needs, and that this very sync has pruned. */
function isLostNetwork(unit: Unit, kept: readonly Unit[]): boolean {
  return unit.kind === "network" && !kept.some(({ name }) => name === unit.name);
}

function failedAttempts(
  { context, desired }: ConvergeInput,
  first: Passed,
  only: ReadonlySet<string>,
): Readonly<Record<string, FailedAttempt>> {
  const at = context.host.clock.now().toISOString();
  const hooks = hooksOf(desired.state);
  const own = [...first.failed].filter(([name]) => only.has(name) && hasOwnFailure(first.outcomes, name));
  return Object.fromEntries(
    own.map(([instance, message]) => {
      const digest = instanceDigest(desired.units, instance, hooks);
      return [instance, { digest, revision: desired.revision, message, at }];
    }),
  );
}

/** A unit that was skipped because its dependency failed has not failed itself. */
function hasOwnFailure(outcomes: readonly Outcome[], instance: string): boolean {
  return outcomes.some((outcome) => outcome.instance === instance && outcome.outcome === "failed");
}
