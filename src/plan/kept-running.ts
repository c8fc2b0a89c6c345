import type { Generated, LiveState } from "../model/live.ts";
import type { Change, Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import { type TakenDown, takenDown } from "./taken-down.ts";

/** A service that no plan may take down, and why: a person suspended it, or what it asks of the gate cannot be read. */
export interface Held {
  readonly instance: string;
  readonly why: "suspended" | "unread";
}

/** The services among those of `owners` that are held. `unread`: instances whose manifests cannot be read. */
export function heldServices(
  owners: readonly Pick<Change, "service" | "instance">[],
  frozen: ReadonlyMap<string, Reason>,
  unread: ReadonlySet<string>,
): ReadonlyMap<string, Held> {
  const held = new Map<string, Held>();
  for (const { service, instance } of owners) {
    const isSuspended = frozen.get(instance)?.code === "instance-suspended";
    if (service === null || !(isSuspended || unread.has(instance))) continue;
    held.set(service, { instance, why: isSuspended ? "suspended" : "unread" });
  }
  return held;
}

/**
 * Leaves units as they are whose restart, end or start would take a running service down that is held. `generated` also
 * knows what is to be deleted.
 */
export function spareHeld(
  changes: readonly Change[],
  held: ReadonlyMap<string, Held>,
  generated: Generated,
  live: LiveState,
): readonly Change[] {
  const heldBy = takenDown(changes, held.keys(), generated, live);
  return changes.map((change) => spare(change, heldBy.get(mainUnitOf(change.unit)), held));
}

function spare(change: Change, users: TakenDown | undefined, held: ReadonlyMap<string, Held>): Change {
  if (users === undefined || change.action === "none") return change;
  const reasons = [...users.bound, ...users.opposed].flatMap((service) => {
    const how = held.get(service);
    const stopped = users.bound.includes(service) ? "stopped with it" : "stopped by its start (Conflicts=)";
    return how === undefined ? [] : [staysFor(change.unit, service, stopped, how)];
  });
  return { ...change, action: "none", reasons, diff: [] };
}

function staysFor(unit: string, service: string, stopped: string, { instance, why }: Held): Reason {
  const code = why === "suspended" ? "dependant-suspended" : "dependant-invalid";
  const because =
    why === "suspended"
      ? `${service} is suspended and would be ${stopped}`
      : `${service} would be ${stopped}, and what ${instance} asks of the gate cannot be read`;
  return reason(
    unitKindOf(unit) === "network" ? "network-in-use" : code,
    `${unit} stays as it is: ${because}`,
  );
}
