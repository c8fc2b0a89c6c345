import type { LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { mainUnitOf } from "../model/unit.ts";
import type { Links, StopLinks } from "../quadlet/links.ts";
import { dependants } from "../quadlet/order.ts";
import { isRestarted } from "./propagated-restarts.ts";

/** Running services that systemd takes down for one unit, none in both lists. */
export interface StoppedServices {
  /** They stop or restart with the unit, for they are bound to it. */
  readonly bound: readonly string[];
  /** They stop when the unit starts, for they, or what they are bound to, conflict with what is started. */
  readonly opposed: readonly string[];
}

/** By unit that the changes start, restart or end: which of the services go down with that. Units without any are left out. */
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

/** What is done to each unit, its drop-ins included: one of any kind restarts its unit, unless that goes too. */
function effects(changes: readonly Change[]): ReadonlyMap<string, Effect> {
  const found = new Map<string, Effect>();
  const deleted = new Set(changes.flatMap(({ unit, action }) => (action === "delete" ? [unit] : [])));
  for (const change of changes.filter(({ action }) => action !== "none")) {
    const unit = mainUnitOf(change.unit);
    const known = found.get(unit);
    const stops = unit !== change.unit || change.action === "delete" || isRestarted(change);
    found.set(unit, { stops: stops || known?.stops === true, starts: !deleted.has(unit) });
  }
  return found;
}

function isActive(activeState: string | undefined): boolean {
  return activeState !== undefined && activeState !== "inactive" && activeState !== "failed";
}

/** systemd starts what a service pulls in with it; what runs already is not started, and so stops nobody. */
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
  // A set goes on to what is added to it meanwhile.
  for (const one of found) for (const target of pulls.get(one) ?? []) found.add(target);
  return found;
}
