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
  /** Those that quadgate created. */
  readonly made: ReadonlySet<string>;
  /** Those that exist on the host, whoever created them. */
  readonly there: ReadonlySet<string>;
}

/**
 * Adds the name of the network to the changes of network units, and a reason if it existed before quadgate.
 */
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

/** Podman's names of the networks that units of the inventory have created. */
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
  // If git's text stays the same, the text on the host may have been edited or removed, and proves nothing.
  const isOwn = owned?.digest === change.digest ? !known.includes(name) : made.has(name);
  const found = isOwn || !there.has(name) ? undefined : name;
  const leaves = action === "create" ? found : before !== name && known.includes(before) ? before : undefined;
  return told(change, { ...(found !== undefined && { found }), ...(leaves !== undefined && { leaves }) });
}

function told(change: Change, names: Pick<Change, "found" | "leaves">): Change {
  const { action, reasons } = change;
  if (names.leaves === undefined || action === "none") return { ...change, ...names };
  const use =
    action === "create" ? "quadgate uses it as it is, and keeps it when the unit goes" : "quadgate keeps it";
  const message = `the network ${names.leaves} existed before quadgate; ${use}`;
  return { ...change, ...names, reasons: [...reasons, reason("network-found", message)] };
}
