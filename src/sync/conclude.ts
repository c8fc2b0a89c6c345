import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import { type Change, isHeal, type Outcome, type Plan } from "../model/plan.ts";
import type { Links } from "../quadlet/links.ts";
import { markApplied, rememberFailures } from "../state/index.ts";

/** What an apply has come to, and what it is judged by. */
export interface Concluding {
  readonly plan: Plan;
  /** After the services were waited for. */
  readonly outcomes: readonly Outcome[];
  /** The inventory with the marks of what was begun. */
  readonly inventory: Inventory;
  /** The inventory when the sync began: it says which texts are new, and what was in force. */
  readonly before: Inventory;
  /** Service to the services without which it cannot start, of the effective desired state. */
  readonly needs: Links;
  /** Service to the services that are started before it, `needs` among them. */
  readonly waitsFor: Links;
  /** Whether a service is up at the end. */
  readonly isActive: (service: string) => boolean;
  /** Instances that this apply puts back: what they fail at is no new attempt. */
  readonly puttingBack: ReadonlySet<string>;
  /** Whether quadgate was asked to end: then nothing is put back now, and nothing counts as failed. */
  readonly stopped: boolean;
  /** The digest of an instance's desired texts, as attempts are remembered by. */
  readonly digestOf: (instance: string) => string;
  /** Instances whose failed attempts are over for another reason: git asks for something else. */
  readonly over: readonly string[];
  /** ISO 8601 */
  readonly now: string;
}

export interface Conclusion {
  readonly inventory: Inventory;
  /** Changes that are done and well. */
  readonly done: readonly Change[];
  /** Instances that did not get to what git asks, with what was seen. */
  readonly failed: ReadonlyMap<string, string>;
  /** Instances with a new text that has to go back. */
  readonly putBack: ReadonlySet<string>;
  /** Those of them that are well by themselves and need one that is not, to the one that they need. */
  readonly takenAlong: ReadonlyMap<string, string>;
  readonly attempts: Readonly<Record<string, FailedAttempt>>;
}

/**
 * Decides what an apply has come to: what is done, what has to be put back, and which attempts have failed. Pure.
 *
 * An instance has failed by itself if a unit of it failed while all that this needs was up. With an instance that goes back
 * go those with a new text that need a unit of it which is removed or changes again. If an instance without a new text
 * fails by itself because it was restarted for another's new text, that text has failed.
 */
export function conclude(input: Concluding): Conclusion {
  const { plan, inventory, stopped } = input;
  const failures = failuresOf(input);
  const blamed = blame(input, failures);
  const putBack = stopped ? new Map<string, string | null>() : withDependants(input, failures, blamed);
  const takenAlong = new Map(
    [...putBack].flatMap(([name, by]) => (by === null ? [] : [[name, by] as const])),
  );
  const failed = new Map([
    ...failures,
    ...[...takenAlong].map(([name, by]) => [name, failures.get(name) ?? wentBackWith(by)] as const),
    ...[...blamed].filter(([name]) => !failures.has(name)),
  ]);
  const attempts = attemptsOf(input, putBack, failed);
  const bad = new Set(input.outcomes.filter(isBad).map(({ unit }) => unit));
  const isDone = (change: Change) =>
    !bad.has(change.unit) && !failed.has(change.instance) && isApplied(change, plan);
  const done = plan.changes.filter(isDone);
  // What was to be healed has no new text: it shows as drift again, and the brake counts the next try.
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

function isBad({ outcome }: Outcome): boolean {
  return outcome === "failed" || outcome === "skipped";
}

/** Applied without a failure, or found on the host as wanted and taken over. */
function isApplied({ instance, action, reasons }: Change, { leftAlone }: Plan): boolean {
  if (leftAlone.has(instance)) return false;
  return action !== "none" || reasons.some(({ code }) => code === "adopted");
}

/** What could not be deleted needs no putting back: it stays in the inventory, and the next sync tries again. */
function failuresOf({ plan, outcomes }: Concluding): ReadonlyMap<string, string> {
  const gone = new Set(plan.changes.flatMap(({ unit, action }) => (action === "delete" ? [unit] : [])));
  return new Map(
    outcomes
      .filter((one) => isBad(one) && !gone.has(one.unit))
      .map(({ instance, unit, message }) => [instance, `${unit}: ${message ?? "failed"}`]),
  );
}

/** Whether this sync brought an instance a text that it had not before; else there is nothing to put back. */
function hasNewText(input: Concluding, instance: string): boolean {
  const { plan, puttingBack } = input;
  if (puttingBack.has(instance)) return false;
  return plan.changes.some((change) => change.instance === instance && isChanged(input)(change));
}

/** Instances that failed by themselves: one of their units failed while all that it needs was up. */
function failedByItself(input: Concluding, instance: string): boolean {
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
 * The new texts that have failed, with what was seen: those that failed by themselves, and those that made another
 * instance fail which was restarted for them.
 */
function blame(input: Concluding, failures: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
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
function newTextsBelow(input: Concluding, instance: string): readonly string[] {
  const found = new Set([instance]);
  for (const one of found) for (const other of neededBy(input, one)) found.add(other);
  return [...found].filter((one) => one !== instance && hasNewText(input, one));
}

/** The instances whose units an instance's units need, of the units that a condition selects. */
function neededBy(
  { plan, needs }: Pick<Concluding, "plan" | "needs">,
  instance: string,
  selects: (change: Change) => boolean = () => true,
): readonly string[] {
  const own = plan.changes.filter((change) => change.instance === instance);
  const services = new Set(own.flatMap(({ service }) => [...(needs.get(service ?? "") ?? [])]));
  const needed = plan.changes.filter((one) => services.has(one.service ?? "") && selects(one));
  return [...new Set(needed.map((one) => one.instance))].filter((one) => one !== instance);
}

/** Whether a unit has another text than before, so that putting back removes it or changes it again. */
function isChanged({ before }: Concluding): (change: Change) => boolean {
  return ({ unit, digest }) => (before.units[unit]?.digest ?? null) !== digest;
}

/**
 * The instances that go back, to the one that takes each along; null for those whose own text has failed. One that failed
 * for want of an instance that stays goes back alone, on that one's account.
 */
function withDependants(
  input: Concluding,
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

/** Adds the instances with a new text that need a changed unit of one that goes back, until there are no more. */
function takeAlong(input: Concluding, renewed: readonly string[], back: Map<string, string | null>): void {
  const changed = isChanged(input);
  for (let known = -1; known !== back.size; ) {
    known = back.size;
    for (const instance of renewed.filter((one) => !back.has(one))) {
      const by = neededBy(input, instance, changed).find((one) => back.has(one));
      if (by !== undefined) back.set(instance, by);
    }
  }
}

/** The instance for want of which another one failed or was not even started; undefined if there is none. */
function whatItLacked(input: Concluding, instance: string): string | undefined {
  const before = neededBy({ plan: input.plan, needs: input.waitsFor }, instance);
  return before.find((one) => !isUp(input, one));
}

/** Whether all of an instance went well and its services are up. */
function isUp({ plan, outcomes, isActive }: Concluding, instance: string): boolean {
  if (outcomes.some((one) => one.instance === instance && isBad(one))) return false;
  return plan.changes.every(
    (one) => one.instance !== instance || one.service === null || isActive(one.service),
  );
}

function wentBackWith(by: string): string {
  return `it went back with ${by}, which it needs`;
}

function attemptsOf(
  { plan, before, now, digestOf }: Concluding,
  putBack: ReadonlyMap<string, string | null>,
  failed: ReadonlyMap<string, string>,
): Readonly<Record<string, FailedAttempt>> {
  const attempts = [...putBack].map(([instance, because]) => {
    const attempt: FailedAttempt = {
      digest: digestOf(instance),
      revision: plan.revision,
      message: failed.get(instance) ?? "failed",
      at: now,
      before: before.generation,
      ...(because === null ? {} : { because }),
    };
    return [instance, attempt] as const;
  });
  return Object.fromEntries(attempts);
}
