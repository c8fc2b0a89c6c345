import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import { type Change, isBad, isHeal, type Outcome, type Plan } from "../model/plan.ts";
import type { Links } from "../quadlet/links.ts";
import { markApplied, rememberFailures } from "../state/index.ts";
import { failedUnits, failsByUnit } from "./failed-units.ts";

/** What an apply has done, and the facts to judge it by. */
export interface ConclusionInput {
  readonly plan: Plan;
  /** The outcomes after quadgate waited for the services. */
  readonly outcomes: readonly Outcome[];
  /** The inventory with the marks of what was begun. */
  readonly inventory: Inventory;
  /** The inventory when the sync began. It says which texts are new, and what was in force. */
  readonly before: Inventory;
  /** Service to the services without which it cannot start, in the effective desired state. */
  readonly needs: Links;
  /** Service to the services that are started before it, `needs` among them. */
  readonly waitsFor: Links;
  /** Whether a service is up at the end. */
  readonly isActive: (service: string) => boolean;
  /** Instances that this apply puts back. If they fail, that does not count as a new attempt. */
  readonly puttingBack: ReadonlySet<string>;
  /** Whether quadgate was asked to end. If so, nothing is put back now, and nothing counts as failed. */
  readonly stopped: boolean;
  /** The digest of an instance's desired texts, by which attempts are remembered. */
  readonly digestOf: (instance: string) => string;
  /** Instances whose failed attempts no longer count because git now asks for something else. */
  readonly over: readonly string[];
  /** ISO 8601 */
  readonly now: string;
}

export interface Conclusion {
  readonly inventory: Inventory;
  /** Changes that are done and went well. */
  readonly done: readonly Change[];
  /** Instances that did not reach what git asks for, with what was observed. */
  readonly failed: ReadonlyMap<string, string>;
  /** Instances with a new text to put back. */
  readonly putBack: ReadonlySet<string>;
  /** Those of them that work but need one that does not, to the one that they need. */
  readonly takenAlong: ReadonlyMap<string, string>;
  readonly attempts: Readonly<Record<string, FailedAttempt>>;
}

/**
 * Decides the result of an apply: what is done, what to put back, and which attempts have failed.
 * Pure.
 *
 * An instance has failed by itself if a unit of it failed while everything that this unit needs was up. An
 * instance that is put back takes others along: those with a new text that need a unit of it which is removed
 * or changes again. If an instance without a new text fails by itself because it was restarted for another
 * instance's new text, that new text has failed.
 */
export function conclude(input: ConclusionInput): Conclusion {
  const { plan, inventory, stopped } = input;
  const failures = failuresOf(input);
  const blamed = blame(input, failures);
  const keepsAll = stopped || failures.size === 0;
  const putBack = keepsAll ? new Map<string, string | null>() : withDependants(input, failures, blamed);
  const takenAlong = new Map(
    [...putBack].flatMap(([name, by]) => (by === null ? [] : [[name, by] as const])),
  );
  const failed = new Map([
    ...failures,
    ...[...takenAlong].map(([name, by]) => [name, failures.get(name) ?? takenAlongBy(by)] as const),
    ...[...blamed].filter(([name]) => !failures.has(name)),
  ]);
  const attempts = attemptsOf(input, putBack, failed);
  const bad = new Set(input.outcomes.filter(isBad).map(({ unit }) => unit));
  const isDone = (change: Change) =>
    !bad.has(change.unit) &&
    (failsByUnit(change.instance) || !failed.has(change.instance)) &&
    isApplied(change, plan);
  const done = plan.changes.filter(isDone);
  // A heal that failed has no new text. It shows as drift again, and the brake counts the next try.
  const undone = plan.changes.filter((change) => isHeal(change) && !done.includes(change));
  const isForgiven = (instance: string) => !input.puttingBack.has(instance);
  const forgiven = [...done.map(({ instance }) => instance), ...input.over].filter(isForgiven);
  const applied = markApplied(inventory, [...done, ...undone], plan.revision);
  return {
    inventory: rememberFailures(applied, attempts, new Set(forgiven)),
    done,
    failed,
    putBack: new Set(putBack.keys()),
    takenAlong,
    attempts,
  };
}

/** Applied without a failure, or already on the host as desired and taken over. */
function isApplied({ instance, action, reasons }: Change, { leftAlone }: Plan): boolean {
  if (leftAlone.has(instance)) return false;
  return action !== "none" || reasons.some(({ code }) => code === "adopted");
}

/** Leaves out units that could not be deleted: they stay in the inventory, and the next sync tries again. */
function failuresOf({ plan, outcomes }: ConclusionInput): ReadonlyMap<string, string> {
  const gone = new Set(plan.changes.flatMap(({ unit, action }) => (action === "delete" ? [unit] : [])));
  return new Map(
    outcomes
      .filter((one) => isBad(one) && !gone.has(one.unit))
      .map(({ instance, unit, message }) => [instance, `${unit}: ${message ?? "failed"}`]),
  );
}

/**
 * Whether this sync gave an instance a text that it did not have before. If not, there is nothing to put
 * back.
 */
function hasNewText(input: ConclusionInput, instance: string): boolean {
  const { plan, puttingBack } = input;
  if (puttingBack.has(instance)) return false;
  return plan.changes.some((change) => change.instance === instance && isChanged(input)(change));
}

/**
 * Whether an instance failed by itself: one of its units failed while everything that the unit needs was up.
 */
function failedByItself(input: ConclusionInput, instance: string): boolean {
  const failed = new Set(input.outcomes.filter(isBad).map(({ unit }) => unit));
  const down = new Set(
    input.plan.changes.filter(({ unit }) => failed.has(unit)).flatMap(({ service }) => service ?? []),
  );
  const isUp = (service: string) => !down.has(service) && input.isActive(service);
  return input.outcomes.some((one) => {
    if (one.instance !== instance || one.outcome !== "failed") return false;
    const service = input.plan.changes.find(({ unit }) => unit === one.unit)?.service;
    return [...(input.needs.get(service ?? "") ?? [])].every(isUp);
  });
}

/**
 * The instances whose new texts have failed, with what was observed: those that failed by themselves, and
 * those that made an instance fail that was restarted for them.
 */
function blame(input: ConclusionInput, failures: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const blamed = new Map<string, string>();
  for (const [instance, message] of failures) {
    if (!failedByItself(input, instance)) continue;
    if (hasNewText(input, instance)) blamed.set(instance, message);
    else
      for (const cause of newTextsBelow(input, instance)) if (!blamed.has(cause)) blamed.set(cause, message);
  }
  return blamed;
}

/** Instances with a new text that a restarted instance needs, directly or not. */
function newTextsBelow(input: ConclusionInput, instance: string): readonly string[] {
  const found = new Set([instance]);
  for (const one of found) for (const other of neededBy(input, one)) found.add(other);
  const changed = new Set([...found].flatMap((one) => neededBy(input, one, isChanged(input))));
  return [...changed].filter((one) => one !== instance && hasNewText(input, one));
}

/** Whether a unit goes back with its instance: all of them, or those alone that have failed. */
function goesBack(input: ConclusionInput): (change: Change) => boolean {
  const changed = isChanged(input);
  return (change) =>
    changed(change) && (unitsOf(input, change.instance).units?.includes(change.unit) ?? true);
}

/** The units of an instance that have failed, or for which a service failed that was restarted for them. */
function unitsOf(input: ConclusionInput, instance: string): Pick<FailedAttempt, "units"> {
  const { outcomes, plan, needs } = input;
  const serviceOf = (unit: string) => plan.changes.find((change) => change.unit === unit)?.service ?? [];
  const isCause = (one: Outcome) =>
    one.instance === instance || (failedByItself(input, one.instance) && !hasNewText(input, one.instance));
  const services = outcomes
    .filter((one) => isBad(one) && isCause(one))
    .flatMap(({ unit }) => serviceOf(unit));
  return failedUnits(instance, services, { units: plan.changes, needs });
}

/** The other instances whose units an instance's units need, among the units that a condition selects. */
function neededBy(
  { plan, needs }: Pick<ConclusionInput, "plan" | "needs">,
  instance: string,
  selects: (change: Change) => boolean = () => true,
): readonly string[] {
  const own = plan.changes.filter((change) => change.instance === instance);
  const services = new Set(own.flatMap(({ service }) => [...(needs.get(service ?? "") ?? [])]));
  const needed = plan.changes.filter((one) => services.has(one.service ?? "") && selects(one));
  return [...new Set(needed.map((one) => one.instance))].filter((one) => one !== instance);
}

/** Whether a unit has a different text than before, so that putting back removes it or changes it again. */
function isChanged({ before, plan }: ConclusionInput): (change: Change) => boolean {
  return (change) => isApplied(change, plan) && (before.units[change.unit]?.digest ?? null) !== change.digest;
}

/**
 * The instances to put back, to the one that takes each along; null for those whose own text has failed. An
 * instance that failed because it lacked one that stays is put back alone, with that one as its cause.
 */
function withDependants(
  input: ConclusionInput,
  failures: ReadonlyMap<string, string>,
  blamed: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | null> {
  const all = new Set(input.plan.changes.map(({ instance }) => instance));
  const renewed = [...all].filter((one) => hasNewText(input, one));
  const back = new Map<string, string | null>([...blamed.keys()].map((name) => [name, null]));
  takeAlong(input, renewed, back);
  for (const instance of renewed) {
    if (back.has(instance) || !failures.has(instance)) continue;
    back.set(instance, whatItLacked(input, instance) ?? null);
    takeAlong(input, renewed, back);
  }
  return back;
}

/**
 * Adds instances with a new text that need a changed unit of one that is put back, until there are no more.
 */
function takeAlong(
  input: ConclusionInput,
  renewed: readonly string[],
  back: Map<string, string | null>,
): void {
  const changed = goesBack(input);
  for (let known = -1; known !== back.size; ) {
    known = back.size;
    for (const instance of renewed.filter((one) => !back.has(one))) {
      const by = neededBy(input, instance, changed).find((one) => back.has(one));
      if (by !== undefined) back.set(instance, by);
    }
  }
}

/** The instance whose absence made another one fail or kept it from starting; undefined if there is none. */
function whatItLacked(input: ConclusionInput, instance: string): string | undefined {
  const before = neededBy({ plan: input.plan, needs: input.waitsFor }, instance);
  return before.find((one) => !isUp(input, one));
}

/** Whether no unit of an instance failed and its services are up. */
function isUp({ plan, outcomes, isActive }: ConclusionInput, instance: string): boolean {
  if (outcomes.some((one) => one.instance === instance && isBad(one))) return false;
  return plan.changes.every(
    (one) => one.instance !== instance || one.service === null || isActive(one.service),
  );
}

function takenAlongBy(by: string): string {
  return `it is put back with ${by}, which it needs`;
}

function attemptsOf(
  input: ConclusionInput,
  putBack: ReadonlyMap<string, string | null>,
  failed: ReadonlyMap<string, string>,
): Readonly<Record<string, FailedAttempt>> {
  const { plan, before, now, digestOf } = input;
  const attempts = [...putBack].map(([instance, because]) => {
    const attempt: FailedAttempt = {
      digest: digestOf(instance),
      revision: plan.revision,
      message: failed.get(instance) ?? "failed",
      at: now,
      before: before.generation,
      ...(because === null ? {} : { because }),
      ...unitsOf(input, instance),
    };
    return [instance, attempt] as const;
  });
  return Object.fromEntries(attempts);
}
