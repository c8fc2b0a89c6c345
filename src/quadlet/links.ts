import type { Generated } from "../model/live.ts";
import { generatedText } from "./generated-text.ts";
import { remember } from "./memo.ts";

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
export const bonds = remember(
  (generated: Generated): Links =>
    joined([
      targetsOf(generated, BOND_KEYS),
      ...BINDING_KEYS.map(([section, key]) => inverse(targetsOf(generated, [key], section))),
    ]),
);

/** To the services that have to be there for it to start. */
export const needed = remember((generated: Generated): Links => targetsOf(generated, NEED_KEYS));

/** To the services that systemd starts with it where they are down. */
export const pulled = remember((generated: Generated): Links => targetsOf(generated, PULL_KEYS));

/** To the services that systemd stops when it is started (`Conflicts=`, which counts whichever of the two says so); few have a row. */
export const opponents = remember((generated: Generated): Links => {
  const said = [...targetsOf(generated, ["Conflicts"])].filter(([, targets]) => targets.size > 0);
  return joined([new Map(said), inverse(new Map(said))]);
});

/**
 * To what some keys of its text name, as far as those are services of `generated`; every service has a row. An empty value
 * takes nothing back, for systemd lets nobody take dependencies back (systemd.unit(5)).
 */
export function targetsOf(generated: Generated, keys: readonly string[], section = "Unit"): Links {
  const known = new Set(generated.services.keys());
  return new Map(
    [...generated.services.values()].map((one) => {
      const { service } = one;
      const settings = (generatedText(one).get(section) ?? []).filter(({ key }) => keys.includes(key));
      const names = settings
        .flatMap(({ value }) => value.split(/\s+/))
        .filter((name) => name !== service && known.has(name));
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
