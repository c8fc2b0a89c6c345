import { NETWORKS_INSTANCE } from "../model/instance.ts";
import type { FailedAttempt } from "../model/inventory.ts";
import type { Change } from "../model/plan.ts";
import type { Links } from "../quadlet/links.ts";

/** Whether the units of an instance fail one by one. Shared networks do: each has members of its own. */
export function failsByUnit(instance: string): boolean {
  return instance === NETWORKS_INSTANCE;
}

/**
 * The units of an instance that have failed if services have: those of the services, and those that the
 * services need, directly or not. Nothing for an instance that fails as a whole.
 */
export function failedUnits(
  instance: string,
  services: readonly string[],
  { units, needs }: UnitsAndNeeds,
): Pick<FailedAttempt, "units"> {
  if (!failsByUnit(instance)) return {};
  const reached = new Set(services);
  for (const service of reached) for (const needed of needs.get(service) ?? []) reached.add(needed);
  const failed = units.filter((one) => one.instance === instance && reached.has(one.service ?? ""));
  return { units: failed.map(({ unit }) => unit) };
}

interface UnitsAndNeeds {
  readonly units: readonly Pick<Change, "unit" | "instance" | "service">[];
  /** Service to the services that it needs. */
  readonly needs: Links;
}
