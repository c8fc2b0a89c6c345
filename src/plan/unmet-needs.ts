import { NETWORKS_INSTANCE } from "../model/instance.ts";
import type { LiveState } from "../model/live.ts";
import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Unit } from "../model/unit.ts";
import type { Generated } from "../quadlet/generated.ts";
import { neededBy } from "../quadlet/links.ts";

/** Whether a person has masked a service: systemd starts it for nobody. */
export function isMasked({ services }: Pick<LiveState, "services">, service: string | null): boolean {
  return services.get(service ?? "")?.loadState === "masked";
}

/** Why what needs a masked service, or is one, stays as it is. */
export function maskedReason(service: string): Reason {
  return reason("service-masked", `${service} is masked; quadgate does not unmask it`);
}

/**
 * Adds to the instances left alone those that cannot start in this sync: a service of theirs is masked, or they need one that
 * is, or a unit that is left alone and that the host does not have. Trying would fail, and count as a failure of their
 * own. Shared networks are no such instance, for one of them that is masked keeps back no other.
 */
export function withUnmetNeeds(
  leftAlone: ReadonlyMap<string, Reason>,
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
  const needs = neededBy(input.generated.services);
  const all = new Map(leftAlone);
  const mayChange = (unit: string) => {
    const instance = instances.get(unit);
    return instance !== undefined && !all.has(instance) && input.asked(instance);
  };
  const isMissing = (service: string) =>
    isMasked(input.live, service) ||
    (!mayChange(services.get(service)?.unit ?? "") &&
      input.live.services.get(service)?.loadState !== "loaded");
  for (const { service, unit } of services.values()) {
    const instance = instances.get(unit) ?? "";
    if (isMasked(input.live, service) && mayChange(unit) && instance !== NETWORKS_INSTANCE)
      all.set(instance, maskedReason(service));
  }
  const needing = (unit: string, missing: readonly string[]) => {
    const masked = missing.find((name) => isMasked(input.live, name));
    if (masked !== undefined)
      return reason(
        "service-masked",
        `${unit} needs ${masked}, which is masked; quadgate does not unmask it`,
      );
    const units = missing.map((name) => services.get(name)?.unit ?? name).join(", ");
    return reason("needed-unit-missing", `${unit} needs ${units}, which is left alone and not on this host`);
  };
  for (;;) {
    const known = all.size;
    for (const { service, unit } of services.values()) {
      const missing = [...(needs.get(service) ?? [])].filter(isMissing);
      if (!mayChange(unit) || missing.length === 0) continue;
      all.set(instances.get(unit) ?? "", needing(unit, missing));
    }
    if (all.size === known) return all;
  }
}
