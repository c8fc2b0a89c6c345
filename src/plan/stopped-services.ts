import type { LiveState } from "../model/live.ts";
import { type Change, takesOverAsItRuns } from "../model/plan.ts";
import { mainUnitOf } from "../model/unit.ts";
import type { Links, StopLinks } from "../quadlet/links.ts";
import { dependants } from "../quadlet/order.ts";
import { isRestarted } from "./propagated-restarts.ts";

/** Running services that systemd stops because of one unit. A service is in one list only. */
export interface StoppedServices {
  /** They stop or restart with the unit because they are bound to it. */
  readonly bound: readonly string[];
  /** They stop when the unit starts because they, or what they are bound to, conflict with what starts. */
  readonly opposed: readonly string[];
}

/**
 * For each unit that the changes start, restart or stop: which services stop with that. Leaves out empty
 * entries.
 */
export function stoppedServices(
  changes: readonly Change[],
  services: Iterable<string>,
  links: StopLinks,
  live: LiveState,
): ReadonlyMap<string, StoppedServices> {
  const isUp = (service: string) => isActive(live.services.get(service)?.activeState);
  const running = [...services].filter(isUp);
  const found = new Map<string, StoppedServices>();
  if (running.length === 0) return found;
  const serviceOf = new Map(changes.map(({ unit, service }) => [unit, service]));
  const among = (names: ReadonlySet<string>) => running.filter((one) => names.has(one));
  for (const [unit, does] of effects(changes)) {
    const service = serviceOf.get(unit);
    if (!service) continue;
    const bound = does.stops ? among(dependants([service], links.bonds)) : [];
    const opposed = does.starts
      ? among(stoppedByStart(service, links, isUp)).filter((one) => !bound.includes(one))
      : [];
    if (bound.length + opposed.length > 0) found.set(unit, { bound, opposed });
  }
  return found;
}

interface Effect {
  readonly stops: boolean;
  readonly starts: boolean;
}

/**
 * What the changes do to each unit, including its drop-ins: a changed drop-in restarts its unit if that
 * stays.
 */
function effects(changes: readonly Change[]): ReadonlyMap<string, Effect> {
  const found = new Map<string, Effect>();
  const deleted = new Set(changes.flatMap(({ unit, action }) => (action === "delete" ? [unit] : [])));
  const loaded = new Set(changes.flatMap(({ unit, loadOnly }) => (loadOnly === undefined ? [] : [unit])));
  for (const change of changes.filter(({ action, reloadOnly }) => action !== "none" && !reloadOnly)) {
    const unit = mainUnitOf(change.unit);
    const known = found.get(unit);
    const does = change.action === "delete" || change.stops === true || isRestarted(change);
    const stops = does || (unit !== change.unit && !loaded.has(unit) && !takesOverAsItRuns(unit));
    const starts = !deleted.has(unit) && !loaded.has(unit);
    found.set(unit, { stops: stops || known?.stops === true, starts });
  }
  return found;
}

function isActive(activeState: string | undefined): boolean {
  return activeState !== undefined && activeState !== "inactive" && activeState !== "failed";
}

/** systemd also starts what a service pulls in. What already runs is not started, and so stops nothing. */
function stoppedByStart(
  service: string,
  links: StopLinks,
  isUp: (service: string) => boolean,
): ReadonlySet<string> {
  if (links.opponents.size === 0) return new Set();
  const started = [...withPulled(service, links.pulled)].filter((one) => one === service || !isUp(one));
  const stopped = started.flatMap((one) => [...(links.opponents.get(one) ?? [])]);
  return new Set([...stopped, ...dependants(stopped, links.bonds)]);
}

function withPulled(service: string, pulls: Links): ReadonlySet<string> {
  const found = new Set([service]);
  // Iterating a set includes what is added meanwhile.
  for (const one of found) for (const target of pulls.get(one) ?? []) found.add(target);
  return found;
}
