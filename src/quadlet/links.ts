import type { ServiceTexts } from "./generated.ts";

/** Service name to names of other services. */
export type Links = ReadonlyMap<string, ReadonlySet<string>>;

/** `[Unit]` keys by which systemd stops or restarts a service together with their targets (systemd.unit(5)). */
const BOND_KEYS = ["Requires", "Requisite", "BindsTo", "PartOf", "StopPropagatedFrom"];
/** The same bonds, written into the other unit. */
const BINDING_KEYS = [
  ["Unit", "PropagatesStopTo"],
  ["Install", "RequiredBy"],
] as const;
/** Keys without whose targets a service cannot start. */
const NEED_KEYS = ["Requires", "Requisite", "BindsTo"];
/** Keys whose targets systemd starts together with a service. */
const PULL_KEYS = ["Requires", "BindsTo", "Wants", "Upholds"];

/** To the services with which systemd stops or restarts it. */
export function bondsOf(services: ServiceTexts): Links {
  return joined([
    targetsOf(services, BOND_KEYS),
    ...BINDING_KEYS.map(([section, key]) => inverse(targetsOf(services, [key], section))),
  ]);
}

/** To the services that have to be there for it to start. */
export function neededBy(services: ServiceTexts): Links {
  return targetsOf(services, NEED_KEYS);
}

/** Why systemd stops services for the sake of others. */
export interface StopLinks {
  /** To the services with which systemd stops or restarts it. */
  readonly bonds: Links;
  /** To the services that systemd starts with it where they are down. */
  readonly pulled: Links;
  /** To the services that systemd stops when it is started (`Conflicts=`, which counts whichever of the two says so); few have a row. */
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
 * To what some keys of its text name, as far as those are among the services; every service has a row. An empty value
 * takes nothing back, for systemd lets nobody take dependencies back (systemd.unit(5)).
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

function joined(all: readonly Links[]): Links {
  const names = new Set(all.flatMap((links) => [...links.keys()]));
  return new Map(
    [...names].map((name) => [name, new Set(all.flatMap((links) => [...(links.get(name) ?? [])]))]),
  );
}
