import type { ServiceTexts } from "./generated.ts";
import { serviceOfSocket } from "./plain-units.ts";

/** Service name to names of other services. */
export type Links = ReadonlyMap<string, ReadonlySet<string>>;

/** `[Unit]` keys that make systemd stop or restart a service with their targets (systemd.unit(5)). */
const BOND_KEYS = ["Requires", "Requisite", "BindsTo", "PartOf", "StopPropagatedFrom"];
/** Keys that make the same bonds from the other unit's side. */
const BINDING_KEYS = [
  ["Unit", "PropagatesStopTo"],
  ["Install", "RequiredBy"],
] as const;
/** Keys whose targets a service needs in order to start. */
const NEED_KEYS = ["Requires", "Requisite", "BindsTo"];
/** Keys whose targets systemd starts together with a service. */
const PULL_KEYS = ["Requires", "BindsTo", "Wants", "Upholds"];

/** Maps each service to the services that systemd stops or restarts it with. */
export function bondsOf(services: ServiceTexts): Links {
  return joined([
    targetsOf(services, BOND_KEYS),
    ...BINDING_KEYS.map(([section, key]) => inverse(targetsOf(services, [key], section))),
    socketsOf(services),
  ]);
}

/**
 * Maps each service to the sockets that hand it their connections. A socket whose service runs cannot be
 * restarted without it.
 */
export function socketsOf(services: ServiceTexts): Links {
  const found = new Map<string, Set<string>>();
  for (const [socket, { text }] of services) {
    const service = serviceOfSocket(socket, text);
    if (service !== undefined) found.set(service, (found.get(service) ?? new Set()).add(socket));
  }
  return found;
}

/** Maps each service to the services that it needs in order to start. */
export function neededBy(services: ServiceTexts): Links {
  return targetsOf(services, NEED_KEYS);
}

/** The links through which systemd stops services because of others. */
export interface StopLinks {
  /** To the services that systemd stops or restarts it with. */
  readonly bonds: Links;
  /** To the services that systemd starts with it if they are down. */
  readonly pulled: Links;
  /**
   * To the services that systemd stops when it starts this one (`Conflicts=`, which works from either side).
   * Few services have a row.
   */
  readonly opponents: Links;
}

export function stopLinksOf(services: ServiceTexts): StopLinks {
  const said = new Map([...targetsOf(services, ["Conflicts"])].filter(([, targets]) => targets.size > 0));
  return {
    bonds: bondsOf(services),
    pulled: targetsOf(services, PULL_KEYS),
    opponents: joined([said, inverse(said)]),
  };
}

/**
 * Maps every service to those of the services that some keys of its text name. An empty value does not reset
 * the list, because systemd does not let a unit remove a dependency (systemd.unit(5)).
 */
export function targetsOf(services: ServiceTexts, keys: readonly string[], section = "Unit"): Links {
  return new Map(
    [...services].map(([service, { text }]) => {
      const settings = (text.get(section) ?? []).filter(({ key }) => keys.includes(key));
      const names = settings
        .flatMap(({ value }) => value.split(/\s+/))
        .filter((name) => name !== service && services.has(name));
      return [service, new Set(names)];
    }),
  );
}

function inverse(links: Links): Links {
  const turned = new Map<string, Set<string>>();
  for (const [service, targets] of links) {
    for (const target of targets) turned.set(target, (turned.get(target) ?? new Set()).add(service));
  }
  return turned;
}

/** All links of several sets. */
export function joined(all: readonly Links[]): Links {
  const names = new Set(all.flatMap((links) => [...links.keys()]));
  return new Map(
    [...names].map((name) => [name, new Set(all.flatMap((links) => [...(links.get(name) ?? [])]))]),
  );
}
