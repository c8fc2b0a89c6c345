import { digestOf } from "../lib/digest.ts";
import { deletionOf, NETWORKS_INSTANCE } from "../model/instance.ts";
import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import type { Change, Plan, Reason } from "../model/plan.ts";
import { type ReasonCode, reason } from "../model/reasons.ts";
import { describeSuspension, type SuspendedInstance } from "../model/suspension.ts";
import { isImagePin, type Unit } from "../model/unit.ts";
import { significantDigest } from "../quadlet/significant-text.ts";
import { commandsOf, type Hooks } from "./hooks.ts";

/**
 * Digest over what an instance's units mean and its hooks, which shows whether its desired state has changed
 * since it failed.
 */
export function instanceDigest(units: readonly Unit[], instance: string, hooks: Hooks): string {
  const own = units.filter((unit) => unit.instance === instance);
  return digestOf(JSON.stringify([significantDigest(own), commandsOf(hooks.get(instance))]));
}

/** The digest that earlier versions have written: over the texts, comments included. */
function formerDigest(units: readonly Unit[], instance: string, hooks: Hooks): string {
  const own = units.filter((unit) => unit.instance === instance).map((unit) => [unit.name, unit.digest]);
  return digestOf(JSON.stringify([own.sort(), commandsOf(hooks.get(instance))]));
}

interface Attempts {
  readonly units: readonly Unit[];
  readonly hooks: Hooks;
  readonly inventory: Inventory;
  /** Instances that are being put back; what was taken along with them stays. Absent: none. */
  readonly puttingBack?: ReadonlySet<string> | undefined;
}

/**
 * Instances whose units failed with these very texts and are not in force, and the instances that were put
 * back with one of them.
 */
export function failedBefore(input: Attempts): ReadonlyMap<string, FailedAttempt> {
  const same = sameAttempts(input);
  const found = new Map(same.filter(([, { because }]) => because === undefined));
  for (;;) {
    const known = found.size;
    for (const [instance, attempt] of same) {
      const { because } = attempt;
      if (because === undefined) continue;
      if (found.has(because) || input.puttingBack?.has(because)) found.set(instance, attempt);
    }
    if (found.size === known) return found;
  }
}

/** Failed attempts at texts that git still has and that are not in force, whatever the cause. */
function sameAttempts({ units, hooks, inventory }: Attempts): readonly (readonly [string, FailedAttempt])[] {
  return Object.entries(inventory.failed).filter(
    ([instance, { digest }]) =>
      [instanceDigest, formerDigest].some((digestOf) => digestOf(units, instance, hooks) === digest) &&
      // A text that has ended and is still in force has failed all the same.
      (inventory.due.includes(instance) || !isInForce(units, inventory, instance)),
  );
}

/** Whether the host already has an instance's desired texts and no other, so that there is nothing to try. */
function isInForce(units: readonly Unit[], inventory: Inventory, instance: string): boolean {
  const own = units.filter((unit) => unit.instance === instance);
  const isPinned = Object.entries(inventory.units).some(
    ([name, owned]) => owned.instance === instance && isImagePin(name),
  );
  return !isPinned && own.every(({ name, digest }) => inventory.units[name]?.digest === digest);
}

/** Instances that this sync leaves alone because of their manifests, their errors or their past failures. */
export function instancesLeftAlone(input: {
  readonly invalid: Iterable<string>;
  /** Instances that the host lacks something for. */
  readonly blocked: Iterable<string>;
  /** Instances for which podman cannot bring an image, and why; absent: none. */
  readonly unavailable?: ReadonlyMap<string, { readonly message: string }> | undefined;
  readonly suspended: Iterable<SuspendedInstance>;
  /** Instances that git no longer has and that run on. */
  readonly orphaned: Iterable<string>;
  readonly units: readonly Unit[];
  readonly hooks: Hooks;
  readonly inventory: Inventory;
  readonly puttingBack?: ReadonlySet<string> | undefined;
  /** Instances that a person asks to try again. */
  readonly retry: (instance: string) => boolean;
}): ReadonlyMap<string, Reason> {
  const leftAlone = new Map<string, Reason>();
  for (const [instance, attempt] of failedBefore(input)) {
    if (input.retry(instance)) continue;
    const isDue = input.inventory.due.includes(instance);
    leftAlone.set(instance, isDue ? dueReason(attempt) : attemptReason(attempt));
  }
  for (const [instance, { message }] of input.unavailable ?? [])
    leftAlone.set(instance, reason("image-unavailable", message));
  for (const instance of input.blocked) leftAlone.set(instance, reason("prerequisite-missing"));
  for (const instance of input.invalid) leftAlone.set(instance, reason("instance-invalid"));
  for (const instance of input.orphaned) {
    const message = `git no longer has it, and it said prune: false; ${deletionOf(instance)}`;
    leftAlone.set(instance, reason("orphaned", message));
  }
  // A suspension comes before everything else; the issues list the errors.
  for (const { instance, ...how } of input.suspended) {
    leftAlone.set(instance, reason("instance-suspended", `suspended ${describeSuspension(how)}`));
  }
  return leftAlone;
}

function dueReason({ message }: FailedAttempt): Reason {
  const why = `the desired state in git failed (${message}); --retry tries that again`;
  return reason("rollback-unfinished", `it is put back to what was in force before because ${why}`);
}

function attemptReason({ message, because }: FailedAttempt): Reason {
  return because === undefined
    ? reason("failed-before", `this desired state failed before (${message}); --retry tries again`)
    : reason(
        "taken-along",
        `it was put back with ${because}, which it needs; quadgate tries it again with ${because}`,
      );
}

/**
 * Adds the instances that were put back with another one whose service has failed since. They would fail
 * again until that one runs or changes.
 */
export function withWaiting(
  leftAlone: ReadonlyMap<string, Reason>,
  input: {
    readonly units: readonly Unit[];
    readonly inventory: Inventory;
    readonly hooks: Hooks;
    /** Whether a service is up, or as it should be without that. */
    readonly isUp: (service: string) => boolean;
    readonly retry: (instance: string) => boolean;
  },
): ReadonlyMap<string, Reason> {
  const same = sameAttempts(input);
  const all = new Map(leftAlone);
  const waiting = new Set<string>();
  const isCause = (name: string) =>
    waiting.has(name) || (isInForce(input.units, input.inventory, name) && isDown(name, input));
  for (let known = -1; known !== waiting.size; ) {
    known = waiting.size;
    for (const [instance, attempt] of same) {
      const { because } = attempt;
      if (because === undefined || input.retry(instance) || all.has(instance) || !isCause(because)) continue;
      waiting.add(instance);
      all.set(instance, attemptReason(attempt));
    }
  }
  return all;
}

function isDown(
  instance: string,
  { inventory, isUp }: Pick<Parameters<typeof withWaiting>[1], "inventory" | "isUp">,
): boolean {
  const own = Object.values(inventory.units).filter((unit) => unit.instance === instance);
  return own.some(({ service }) => service !== null && !isUp(service));
}

/** Whether a sync includes an instance. Every sync includes the shared networks. */
export function isAsked(only: ReadonlySet<string> | undefined, instance: string): boolean {
  return only === undefined || only.has(instance) || instance === NETWORKS_INSTANCE;
}

/** Reasons why a single unit stays as it is while its instance goes ahead. */
const KEPT: ReadonlySet<string> = new Set<ReasonCode>([
  "dependant-suspended",
  "dependant-invalid",
  "network-in-use",
  "job-running",
]);

/** Changes that a plan does not make because of other units, by unit. The texts in force stay. */
export function rowsKeptBack(
  { changes }: Pick<Plan, "changes">,
  { units }: Inventory,
): ReadonlyMap<string, Change> {
  const kept = changes.filter(
    ({ unit, action, digest, reasons }) =>
      action === "none" &&
      reasons.some(({ code }) => KEPT.has(code)) &&
      (units[unit]?.digest ?? null) !== digest,
  );
  return new Map(kept.map((change) => [change.unit, change]));
}
