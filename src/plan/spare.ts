import type { Generated, LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import { bonds, dependants } from "./order.ts";
import { isRestarted } from "./ripple.ts";

/**
 * Leaves units as they are whose restart or end would take a running service of a suspended instance down with them,
 * for systemd stops what requires a unit together with it. `generated` also knows what is to be deleted.
 */
export function spareSuspended(
  changes: readonly Change[],
  suspended: ReadonlySet<string>,
  generated: Generated,
  live: LiveState,
): readonly Change[] {
  const heldBy = takenDown(changes, suspended, generated, live);
  return changes.map((change) => spare(change, heldBy.get(mainUnitOf(change.unit))));
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

function spare(change: Change, users: readonly string[] | undefined): Change {
  if (users === undefined || change.action === "none") return change;
  const message = `${change.unit} stays as it is: ${users.join(", ")} is suspended and would be stopped with it`;
  const code = unitKindOf(change.unit) === "network" ? "network-in-use" : "dependant-suspended";
  return { ...change, action: "none", reasons: [reason(code, message)], diff: [] };
}
