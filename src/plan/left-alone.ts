import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { describeSuspension, type SuspendedInstance } from "../model/suspension.ts";
import { digestOf, type Unit } from "../model/unit.ts";
import type { Hooks } from "./hooks.ts";

/** Digest over an instance's units and hooks: tells whether its desired state has changed since it failed. */
export function instanceDigest(units: readonly Unit[], instance: string, hooks: Hooks): string {
  const own = units.filter((unit) => unit.instance === instance).map((unit) => [unit.name, unit.digest]);
  return digestOf(JSON.stringify([own.sort(), hooks.get(instance) ?? []]));
}

/** Instances of which these very units were tried and failed, and are not in force. */
export function failedBefore(input: {
  readonly units: readonly Unit[];
  readonly hooks: Hooks;
  readonly inventory: Inventory;
}): ReadonlyMap<string, FailedAttempt> {
  const { units, hooks, inventory } = input;
  const same = Object.entries(inventory.failed).filter(
    ([instance, { digest }]) => digest === instanceDigest(units, instance, hooks),
  );
  return new Map(same.filter(([instance]) => !isInForce(units, inventory, instance)));
}

/** Whether the host has an instance's desired texts already, so that there is nothing to try. */
function isInForce(units: readonly Unit[], inventory: Inventory, instance: string): boolean {
  const own = units.filter((unit) => unit.instance === instance);
  return own.every(({ name, digest }) => inventory.units[name]?.digest === digest);
}

/** Instances that are left alone in this sync because of their manifest, their errors or their past. */
export function instancesLeftAlone(input: {
  readonly invalid: Iterable<string>;
  /** Instances that the host lacks something for. */
  readonly blocked: Iterable<string>;
  readonly suspended: Iterable<SuspendedInstance>;
  readonly units: readonly Unit[];
  readonly hooks: Hooks;
  readonly inventory: Inventory;
  /** Instances that a person asks to try again. */
  readonly retry: (instance: string) => boolean;
}): ReadonlyMap<string, Reason> {
  const leftAlone = new Map<string, Reason>();
  for (const [instance, { message }] of failedBefore(input)) {
    if (input.retry(instance)) continue;
    leftAlone.set(
      instance,
      reason("failed-before", `this desired state failed before (${message}); --retry tries again`),
    );
  }
  for (const instance of input.blocked) leftAlone.set(instance, reason("prerequisite-missing"));
  for (const instance of input.invalid) leftAlone.set(instance, reason("instance-invalid"));
  // What a person suspended stays so whatever is wrong with it: the errors are told as issues.
  for (const { instance, ...how } of input.suspended) {
    leftAlone.set(instance, reason("instance-suspended", `suspended ${describeSuspension(how)}`));
  }
  return leftAlone;
}
