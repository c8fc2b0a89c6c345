import type { Inventory, InventoryUnit } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import type { Action, Change, Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { networkName, type Unit, unitKindOf } from "../model/unit.ts";
import { networksByName } from "./drift/unit-object.ts";

/** What a change says of a network that was there before quadgate, and why. */
interface FoundNetwork {
  readonly names: Pick<Change, "found" | "leaves">;
  readonly reasons: readonly Reason[];
}

const NOTHING: FoundNetwork = { names: {}, reasons: [] };

/** Podman's names of the networks that units of the inventory have made. */
export function networksMadeBy(
  { units }: Pick<Inventory, "units">,
  live: Pick<LiveState, "files">,
): ReadonlySet<string> {
  return new Set(
    Object.entries(units).flatMap(([unit, owned]) => {
      const name = unitKindOf(unit) === "network" ? nameOnHost(unit, live) : undefined;
      return name === undefined || owned.found?.includes(name) ? [] : [name];
    }),
  );
}

/** Of a unit that is wanted. `made`: the networks of quadgate's own. */
export function foundByWanted(
  {
    unit,
    owned,
    made,
    live,
  }: {
    readonly unit: Unit;
    readonly owned: InventoryUnit | undefined;
    readonly made: ReadonlySet<string>;
    readonly live: Pick<LiveState, "files" | "networks">;
  },
  action: Action,
): FoundNetwork {
  if (unit.kind !== "network") return NOTHING;
  const name = networkName(unit.name, unit.content);
  const known = owned?.found ?? [];
  // Where its text stays the same, that of the host may have been edited or removed, and says nothing.
  const isOwn = owned?.digest === unit.digest ? !known.includes(name) : made.has(name);
  const found = isOwn || networksByName(live.networks, name).length === 0 ? undefined : name;
  const before = nameOnHost(unit.name, live);
  const leaves = action === "create" ? found : before !== name && known.includes(before) ? before : undefined;
  return told({ ...(found !== undefined && { found }), ...(leaves !== undefined && { leaves }) }, action);
}

/** Of a unit that is to be deleted. */
export function foundByRemoved(
  unit: string,
  { found }: InventoryUnit,
  live: Pick<LiveState, "files">,
): FoundNetwork {
  const name = nameOnHost(unit, live);
  return found?.includes(name) ? told({ leaves: name }, "delete") : NOTHING;
}

/** The name that the unit has given its network so far. */
function nameOnHost(unit: string, { files }: Pick<LiveState, "files">): string {
  return networkName(unit, files.get(unit)?.content);
}

function told(names: FoundNetwork["names"], action: Action): FoundNetwork {
  if (names.leaves === undefined || action === "none") return { names, reasons: [] };
  const use = action === "create" ? "it is used as it is, and stays when the unit goes" : "it stays";
  const message = `the network ${names.leaves} was there before quadgate; ${use}`;
  return { names, reasons: [reason("network-found", message)] };
}
