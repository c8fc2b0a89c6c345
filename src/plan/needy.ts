import type { Generated, LiveState } from "../model/live.ts";
import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Unit } from "../model/unit.ts";
import { needed } from "./links.ts";

/**
 * Adds to the frozen instances those that cannot start in this sync: they need a unit that is left alone and that
 * the host does not have. Trying would fail, and count as a failure of their own.
 */
export function freezeNeedy(
  frozen: ReadonlyMap<string, Reason>,
  input: {
    /** Units of instances without errors. */
    readonly units: readonly Unit[];
    readonly generated: Generated;
    readonly live: LiveState;
    /** Whether an instance is asked for in this sync. */
    readonly asked: (instance: string) => boolean;
  },
): ReadonlyMap<string, Reason> {
  const { services } = input.generated;
  const instances = new Map(input.units.map((unit) => [unit.name, unit.instance]));
  const needs = needed(input.generated);
  const all = new Map(frozen);
  const mayChange = (unit: string) => {
    const instance = instances.get(unit);
    return instance !== undefined && !all.has(instance) && input.asked(instance);
  };
  const isMissing = (service: string) =>
    !mayChange(services.get(service)?.unit ?? "") && input.live.services.get(service)?.loadState !== "loaded";
  for (;;) {
    const known = all.size;
    for (const { service, unit } of services.values()) {
      const missing = [...(needs.get(service) ?? [])].filter(isMissing);
      if (!mayChange(unit) || missing.length === 0) continue;
      const units = missing.map((name) => services.get(name)?.unit ?? name).join(", ");
      const message = `${unit} needs ${units}, which is left alone and not on this host`;
      all.set(instances.get(unit) ?? "", reason("needed-unit-missing", message));
    }
    if (all.size === known) return all;
  }
}
