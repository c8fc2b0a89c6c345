import type { FailedAttempt, Inventory, InventoryUnit } from "../model/inventory.ts";
import type { Change } from "../model/plan.ts";
import { textKey, type Unit } from "../model/unit.ts";

/** The inventory before the first effect, with a mark on every unit that is about to change. */
export function begin(inventory: Inventory, changes: readonly Change[], atMs: number): Inventory {
  const units: Record<string, InventoryUnit> = { ...inventory.units };
  for (const { unit, instance, service, action, digest, found, reloadOnly, links = [] } of changes) {
    if (action === "none") continue;
    const known = units[unit];
    // Until the work is done, either of the two networks may exist.
    const networks = new Set([...(known?.found ?? []), ...(found === undefined ? [] : [found])]);
    units[unit] = {
      instance,
      service: service ?? known?.service ?? null,
      digest: known?.digest ?? null,
      revision: known?.revision ?? null,
      ...(networks.size > 0 && { found: [...networks] }),
      ...linked([...(known?.links ?? []), ...links]),
      pending: { action, digest, atMs, ...(reloadOnly && { reloadOnly }) },
    };
  }
  return { ...inventory, units };
}

/** The inventory after the last effect of the given changes. What they wanted is now in force. */
export function markApplied(
  inventory: Inventory,
  changes: readonly Change[],
  revision: string | null,
): Inventory {
  const units: Record<string, InventoryUnit> = { ...inventory.units };
  for (const { unit, instance, service, action, digest, found, links = [] } of changes) {
    if (action === "delete") delete units[unit];
    else {
      const since = revisionOf(units[unit], digest, revision);
      units[unit] = {
        instance,
        service,
        digest,
        revision: since,
        ...(found !== undefined && { found: [found] }),
        ...linked(links),
      };
    }
  }
  return { ...inventory, units };
}

/** Until the work is done, links of either text may exist. */
function linked(links: readonly string[]): Pick<InventoryUnit, "links"> {
  return links.length === 0 ? {} : { links: [...new Set(links)] };
}

/** A unit keeps the revision that first brought its present text. */
function revisionOf(
  known: InventoryUnit | undefined,
  digest: string | null,
  revision: string | null,
): string | null {
  return known !== undefined && known.digest === digest && digest !== null ? known.revision : revision;
}

/** Remembers failed attempts, and forgets those of instances that are forgiven or gone. */
export function rememberFailures(
  inventory: Inventory,
  failed: Readonly<Record<string, FailedAttempt>>,
  forgiven: ReadonlySet<string>,
): Inventory {
  const kept = Object.entries(inventory.failed).filter(([instance]) => !forgiven.has(instance));
  return { ...inventory, failed: { ...Object.fromEntries(kept), ...failed } };
}

/** The sources in force: for every owned unit, the text with the digest that the inventory names. */
export function inForce(inventory: Inventory, known: readonly Unit[]): readonly Unit[] {
  const byKey = new Map(known.map((unit) => [textKey(unit.name, unit.digest), unit]));
  return Object.entries(inventory.units).flatMap(
    ([name, { digest }]) => (digest === null ? undefined : byKey.get(textKey(name, digest))) ?? [],
  );
}
