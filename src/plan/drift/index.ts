import { type DriftReport, type InstanceDrift, type UnitDrift, worstStatus } from "../../model/drift.ts";
import type { Generated, LiveState } from "../../model/live.ts";
import type { Unit } from "../../model/unit.ts";
import type { DriftFacts } from "./row.ts";
import { unitContext } from "./unit-context.ts";
import { fileOnlyDrift, serviceDrift } from "./unit-drift.ts";

export type { DriftFacts } from "./row.ts";

/** What is compared: desired units with what podman's generator makes of them, and the live state. */
export interface DriftInput {
  readonly revision: string | null;
  readonly host: string;
  /** ISO 8601. */
  readonly observedAt: string;
  readonly units: readonly Unit[];
  /** The generator's run over the desired units; paths below its folder are read as the unit directory's. */
  readonly generated: Generated;
  readonly live: LiveState;
  readonly facts: DriftFacts;
  /** `ignoreDrift` of the manifests, by instance. */
  readonly ignore: ReadonlyMap<string, readonly string[]>;
}

/**
 * Compares what should be with what is, unit by unit and field by field. Pure. Says of every difference
 * where it comes from; what cannot be observed is left alone rather than guessed; secrets are masked.
 */
export function computeDrift(input: DriftInput): DriftReport {
  const instances = new Map<string, UnitDrift[]>();
  for (const unit of input.units) {
    const drifts = instances.get(unit.instance) ?? [];
    drifts.push(driftOf(unit, input));
    instances.set(unit.instance, drifts);
  }
  const reports: readonly InstanceDrift[] = [...instances]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([instance, units]) => ({
      instance,
      status: worstStatus(units.map(({ status }) => status)),
      units,
    }));
  const count = (status: string) => reports.filter((report) => report.status === status).length;
  return {
    schemaVersion: 1,
    revision: input.revision,
    host: input.host,
    observedAt: input.observedAt,
    summary: {
      instances: reports.length,
      match: count("match"),
      drift: count("drift"),
      warning: count("warning"),
    },
    instances: reports,
  };
}

function driftOf(unit: Unit, input: DriftInput): UnitDrift {
  const { generated, live, facts, units } = input;
  const ignored = input.ignore.get(unit.instance) ?? [];
  const found = [...generated.services.values()].find((service) => service.unit === unit.name);
  if (found === undefined) return fileOnlyDrift(unit, units, { live, facts }, ignored);
  return serviceDrift(unitContext(unit, found, generated, live, facts), units, ignored);
}
