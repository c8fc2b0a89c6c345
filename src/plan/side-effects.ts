import type { LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf } from "../model/unit.ts";
import type { StopLinks } from "../quadlet/links.ts";
import { type StoppedServices, stoppedServices } from "./stopped-services.ts";

export interface SideEffects {
  readonly changes: readonly Change[];
  /** Instances that the plan leaves alone, and whose services are restarted or stopped all the same. */
  readonly instances: ReadonlySet<string>;
}

/**
 * Says of each change which services outside the plan it takes along: systemd restarts and stops what is bound to a unit
 * together with it, whoever asked for it, and stops what conflicts with what it starts. `others`: services that the plan
 * leaves alone, to their instances.
 */
export function withSideEffects(
  changes: readonly Change[],
  others: ReadonlyMap<string, string>,
  links: StopLinks,
  live: LiveState,
): SideEffects {
  const taken = stoppedServices(changes, others.keys(), links, live);
  const services = [...taken.values()].flatMap(({ bound, opposed }) => [...bound, ...opposed]);
  const instances = new Set(services.flatMap((service) => others.get(service) ?? []));
  const told = changes.map((change) => {
    const found = change.unit === mainUnitOf(change.unit) ? taken.get(change.unit) : undefined;
    if (found === undefined || change.action === "none") return change;
    return { ...change, reasons: [...change.reasons, reason("takes-along", describe(found))] };
  });
  return { changes: told, instances };
}

function describe({ bound, opposed }: StoppedServices): string {
  const many = bound.length > 1;
  const withIt = `${bound.join(", ")} ${many ? "are bound to it, and restart or stop" : "is bound to it, and restarts or stops"} with it`;
  const byIt = `its start stops ${opposed.join(", ")} (Conflicts=)`;
  return [...(bound.length > 0 ? [withIt] : []), ...(opposed.length > 0 ? [byIt] : [])].join("; ");
}
