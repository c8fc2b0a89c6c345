import { NETWORKS_INSTANCE } from "../model/instance.ts";
import type { LiveState } from "../model/live.ts";
import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Unit } from "../model/unit.ts";
import type { Generated } from "../quadlet/generated.ts";
import { neededBy } from "../quadlet/links.ts";

/** Whether a person has masked a service, so that systemd does not start it. */
export function isMasked({ services }: Pick<LiveState, "services">, service: string | null): boolean {
  return services.get(service ?? "")?.loadState === "masked";
}

/** Why a masked service, or a unit that needs one, stays as it is. */
export function maskedReason(service: string): Reason {
  return reason("service-masked", `${service} is masked; quadgate does not unmask it`);
}

interface UnmetInput {
  /** Units of instances without errors. */
  readonly units: readonly Unit[];
  readonly generated: Generated;
  readonly live: LiveState;
  /** Whether an instance is asked for in this sync. */
  readonly asked: (instance: string) => boolean;
}

/**
 * Adds to the instances left alone those that cannot start in this sync. A service of theirs is masked, or
 * they need a service that is masked, or a unit that is left alone and that the host does not have. Trying
 * would fail, and would count as their own failure. Shared networks are not added: a masked one keeps no
 * other network back.
 */
export function withUnmetNeeds(
  leftAlone: ReadonlyMap<string, Reason>,
  input: UnmetInput,
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
  for (;;) {
    const known = all.size;
    for (const { service, unit } of services.values()) {
      const missing = [...(needs.get(service) ?? [])].filter(isMissing);
      if (!mayChange(unit) || missing.length === 0) continue;
      all.set(instances.get(unit) ?? "", missingReason(unit, missing, input));
    }
    if (all.size === known) return all;
  }
}

/** Why a unit cannot start without these services. */
function missingReason(unit: string, missing: readonly string[], { generated, live }: UnmetInput): Reason {
  const masked = missing.find((service) => isMasked(live, service));
  if (masked !== undefined)
    return reason("service-masked", `${unit} needs ${masked}, which is masked; quadgate does not unmask it`);
  const units = missing.map((service) => generated.services.get(service)?.unit ?? service).join(", ");
  return reason("needed-unit-missing", `${unit} needs ${units}, which is left alone and not on this host`);
}
