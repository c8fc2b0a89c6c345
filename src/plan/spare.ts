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
  const running = [...suspended].filter((service) => isUp(live.services.get(service)?.activeState));
  if (running.length === 0) return changes;
  const bound = bonds(generated);
  const services = new Map(changes.map(({ unit, service }) => [unit, service]));
  const heldBy = new Map<string, readonly string[]>();
  for (const change of changes.filter(takesDown)) {
    const main = mainUnitOf(change.unit);
    const service = services.get(main);
    if (!service) continue;
    const affected = dependants([service], bound);
    const users = running.filter((one) => affected.has(one));
    if (users.length > 0) heldBy.set(main, users);
  }
  return changes.map((change) => spare(change, heldBy.get(mainUnitOf(change.unit))));
}

/** A drop-in of any kind restarts its unit. */
function takesDown(change: Change): boolean {
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
