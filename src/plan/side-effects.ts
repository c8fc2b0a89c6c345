import type { LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf } from "../model/unit.ts";
import type { StopLinks } from "../quadlet/links.ts";
import { type StoppedServices, stoppedServices } from "./stopped-services.ts";

export interface SideEffects {
  readonly changes: readonly Change[];
  /** Instances that the plan leaves alone although it restarts or stops their services. */
  readonly instances: ReadonlySet<string>;
}

/**
 * Adds to each change which services outside the plan it takes along. systemd restarts and stops what is
 * bound to a unit together with the unit, and stops what conflicts with a service that it starts. `others`:
 * services that the plan leaves alone, to their instances.
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
  const explained = changes.map((change) => {
    const found = change.unit === mainUnitOf(change.unit) ? taken.get(change.unit) : undefined;
    if (found === undefined || change.action === "none") return change;
    return { ...change, reasons: [...change.reasons, reason("takes-along", describe(found))] };
  });
  return { changes: explained, instances };
}

function describe({ bound, opposed }: StoppedServices): string {
  const does =
    bound.length > 1 ? "are bound to it, and restart or stop" : "is bound to it, and restarts or stops";
  const withIt = `${bound.join(", ")} ${does} with it`;
  const byIt = `its start stops ${opposed.join(", ")} (Conflicts=)`;
  return [...(bound.length > 0 ? [withIt] : []), ...(opposed.length > 0 ? [byIt] : [])].join("; ");
}
