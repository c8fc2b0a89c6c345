import type { Generated, LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf } from "../model/unit.ts";
import { takenDown } from "./spare.ts";

export interface Dragged {
  readonly changes: readonly Change[];
  /** Instances that the plan leaves alone, and whose services are restarted or stopped all the same. */
  readonly instances: ReadonlySet<string>;
}

/**
 * Says of each change which services outside the plan it takes along: systemd restarts and stops what is bound to a unit
 * together with it, whoever asked for it. `others`: services that the plan leaves alone, to their instances.
 */
export function withDragged(
  changes: readonly Change[],
  others: ReadonlyMap<string, string>,
  generated: Generated,
  live: LiveState,
): Dragged {
  const users = takenDown(changes, others.keys(), generated, live);
  const instances = new Set([...users.values()].flat().flatMap((service) => others.get(service) ?? []));
  const told = changes.map((change) => {
    const found = change.unit === mainUnitOf(change.unit) ? users.get(change.unit) : undefined;
    if (found === undefined || change.action === "none") return change;
    const message = `${found.join(", ")} is bound to it, and restarts or stops with it`;
    return { ...change, reasons: [...change.reasons, reason("takes-along", message)] };
  });
  return { changes: told, instances };
}
