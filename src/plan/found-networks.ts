import type { Inventory, InventoryUnit } from "../model/inventory.ts";
import { type LiveState, textAt } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { unitKindOf } from "../model/unit.ts";
import { type NetworkSources, networkOf, networkWanted } from "../quadlet/network-names.ts";

interface FoundInput extends NetworkSources {
  readonly inventory: Pick<Inventory, "units">;
  readonly live: Pick<LiveState, "networks">;
}

/** Podman's names of networks. */
interface KnownNetworks {
  /** Those of quadgate's own. */
  readonly made: ReadonlySet<string>;
  /** Those that the host has, whoever made them. */
  readonly there: ReadonlySet<string>;
}

/** Changes of networks' units name the networks that they are about, and say which were there before quadgate, and why. */
export function withNetworks(changes: readonly Change[], input: FoundInput): readonly Change[] {
  const { inventory } = input;
  const known = {
    made: networksMadeBy(inventory, input),
    // podman writes this one field of networks small.
    there: new Set(input.live.networks.map((network) => textAt(network, "name"))),
  };
  return changes.map((change) => {
    if (unitKindOf(change.unit) !== "network") return change;
    const network = networkOf(change.unit, change.service, input);
    const named = network === undefined ? change : { ...change, network };
    return aroundFound(named, inventory.units[change.unit], known, input);
  });
}

/** Podman's names of the networks that units of the inventory have made. */
function networksMadeBy({ units }: Pick<Inventory, "units">, sources: NetworkSources): ReadonlySet<string> {
  return new Set(
    Object.entries(units).flatMap(([unit, owned]) => {
      const name = unitKindOf(unit) === "network" ? networkOf(unit, owned.service, sources) : undefined;
      return name === undefined || owned.found?.includes(name) ? [] : [name];
    }),
  );
}

function aroundFound(
  change: Change,
  owned: InventoryUnit | undefined,
  { made, there }: KnownNetworks,
  input: FoundInput,
): Change {
  const { network: before = "", action } = change;
  const known = owned?.found ?? [];
  if (action === "delete") return known.includes(before) ? told(change, { leaves: before }) : change;
  const name = networkWanted(change.service ?? "", input.generated) ?? "";
  // Where its text stays the same, that of the host may have been edited or removed, and says nothing.
  const isOwn = owned?.digest === change.digest ? !known.includes(name) : made.has(name);
  const found = isOwn || !there.has(name) ? undefined : name;
  const leaves = action === "create" ? found : before !== name && known.includes(before) ? before : undefined;
  return told(change, { ...(found !== undefined && { found }), ...(leaves !== undefined && { leaves }) });
}

function told(change: Change, names: Pick<Change, "found" | "leaves">): Change {
  const { action, reasons } = change;
  if (names.leaves === undefined || action === "none") return { ...change, ...names };
  const use = action === "create" ? "it is used as it is, and stays when the unit goes" : "it stays";
  const message = `the network ${names.leaves} was there before quadgate; ${use}`;
  return { ...change, ...names, reasons: [...reasons, reason("network-found", message)] };
}
