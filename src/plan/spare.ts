import type { Generated, LiveState } from "../model/live.ts";
import type { Change, Reason } from "../model/plan.ts";
import { type ReasonCode, reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import { bonds, dependants } from "./order.ts";
import { isRestarted } from "./ripple.ts";

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
 * Leaves units as they are whose restart or end would take a running service down that is held, for systemd stops what
 * requires a unit together with it. `generated` also knows what is to be deleted.
 */
export function spareHeld(
  changes: readonly Change[],
  held: ReadonlyMap<string, Held>,
  generated: Generated,
  live: LiveState,
): readonly Change[] {
  const heldBy = takenDown(changes, held.keys(), generated, live);
  return changes.map((change) => spare(change, heldBy.get(mainUnitOf(change.unit)) ?? [], held));
}

/** By unit that the changes restart or end: those of the services that run, and are bound to it. */
export function takenDown(
  changes: readonly Change[],
  services: Iterable<string>,
  generated: Generated,
  live: LiveState,
): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, readonly string[]>();
  const running = [...services].filter((service) => isUp(live.services.get(service)?.activeState));
  if (running.length === 0) return users;
  const bound = bonds(generated);
  const serviceOf = new Map(changes.map(({ unit, service }) => [unit, service]));
  for (const change of changes.filter(takesDown)) {
    const main = mainUnitOf(change.unit);
    const service = serviceOf.get(main);
    if (!service) continue;
    const affected = dependants([service], bound);
    const found = running.filter((one) => affected.has(one));
    if (found.length > 0) users.set(main, found);
  }
  return users;
}

/** A drop-in of any kind restarts its unit. */
function takesDown(change: Change): boolean {
  if (change.action === "none") return false;
  return change.action === "delete" || isRestarted(change) || mainUnitOf(change.unit) !== change.unit;
}

function isUp(activeState: string | undefined): boolean {
  return activeState !== undefined && activeState !== "inactive" && activeState !== "failed";
}

function spare(change: Change, users: readonly string[], held: ReadonlyMap<string, Held>): Change {
  if (users.length === 0 || change.action === "none") return change;
  const reasons = users.flatMap((service) => {
    const how = held.get(service);
    return how === undefined ? [] : [staysFor(change.unit, service, how)];
  });
  return { ...change, action: "none", reasons, diff: [] };
}

function staysFor(unit: string, service: string, { instance, why }: Held): Reason {
  const isNetwork = unitKindOf(unit) === "network";
  const stays = (code: ReasonCode, because: string) =>
    reason(isNetwork ? "network-in-use" : code, `${unit} stays as it is: ${because}`);
  return why === "suspended"
    ? stays("dependant-suspended", `${service} is suspended and would be stopped with it`)
    : stays(
        "dependant-invalid",
        `${service} would be stopped with it, and what ${instance} asks of the gate cannot be read`,
      );
}
