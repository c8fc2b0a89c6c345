import type { Inventory } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Stays } from "../plan/index.ts";
import { neededBy } from "../quadlet/links.ts";
import type { RenderedState } from "./desired.ts";

/**
 * Of the instances that podman's generator refuses, those that need a unit of git which stays and was never
 * in force. Their texts are right, and wait for that unit.
 */
export function lackingUnits(
  { units, generated }: RenderedState,
  inventory: Inventory,
  refused: readonly Issue[],
  stays: Stays,
): ReadonlyMap<string, Reason> {
  const faulty = new Set(refused.map(({ instance }) => instance));
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const unitOf = (service: string) => byName.get(generated.services.get(service)?.unit ?? "");
  const needs = neededBy(generated.services);
  const found = new Map<string, Reason>();
  for (const [service, needed] of needs) {
    const unit = unitOf(service);
    if (unit === undefined || stays(unit) || !faulty.has(unit.instance)) continue;
    const missing = [...needed]
      .flatMap((one) => unitOf(one) ?? [])
      .filter((one) => stays(one) && (inventory.units[one.name]?.digest ?? null) === null);
    if (missing.length === 0) continue;
    const names = missing.map(({ name }) => name).join(", ");
    const message = `${unit.name} needs ${names}, which is left alone and not on this host`;
    found.set(unit.instance, reason("needed-unit-missing", message));
  }
  return found;
}
