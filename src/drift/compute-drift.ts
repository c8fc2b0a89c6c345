import {
  type DriftReport,
  type InstanceDrift,
  type Suggestion,
  type UnitDrift,
  worstStatus,
} from "../model/drift.ts";
import type { Unit } from "../model/unit.ts";
import { asInstance, type GeneratedService } from "../quadlet/generated.ts";
import { type PartOf, partsOf } from "../quadlet/jobs.ts";
import type { DriftInput } from "./drift-input.ts";
import { unmatchedEntries, uselessEntries } from "./ignore.ts";
import { type IndexedLive, withIndex } from "./indexed-live.ts";
import { unclaimedContainers } from "./unclaimed.ts";
import { instancesOf, unitContext } from "./unit-context.ts";
import { type ComparedUnit, fileOnlyDrift, serviceDrift } from "./unit-drift.ts";

/**
 * Compares what should be with what is, unit by unit and field by field. Pure. For every difference the
 * report says where it comes from. What cannot be observed is left out rather than guessed; secrets are
 * masked.
 */
export function computeDrift(input: DriftInput): DriftReport<Suggestion> {
  const instances = [...driftsByInstance(input)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([instance, units]) => ({
      instance,
      status: worstStatus(units.map(({ status }) => status)),
      units,
    }));
  return {
    schemaVersion: 1,
    revision: input.revision,
    host: input.host,
    observedAt: input.observedAt,
    summary: summaryOf(instances),
    instances,
  };
}

function summaryOf(instances: readonly InstanceDrift<Suggestion>[]): DriftReport<Suggestion>["summary"] {
  const count = (status: string) => instances.filter((instance) => instance.status === status).length;
  return {
    instances: instances.length,
    match: count("match"),
    drift: count("drift"),
    warning: count("warning"),
  };
}

/** The drift of each instance's units, and of containers that belong to no unit of it. */
function driftsByInstance(input: DriftInput): ReadonlyMap<string, readonly UnitDrift<Suggestion>[]> {
  const compared = comparedByInstance(input);
  const drifts = new Map<string, readonly UnitDrift<Suggestion>[]>();
  for (const [instance, units] of compared) {
    const ignored = input.differencesOnly ? [] : (input.ignore.get(instance) ?? []);
    drifts.set(instance, withUselessEntries(units, ignored));
  }
  const known = new Set([...compared.values()].flat().flatMap(({ object }) => object ?? []));
  for (const { instance, drift } of unclaimedContainers(input, known)) {
    drifts.set(instance, [...(drifts.get(instance) ?? []), drift]);
  }
  return drifts;
}

function comparedByInstance(input: DriftInput): ReadonlyMap<string, readonly ComparedUnit[]> {
  const compared = new Map<string, readonly ComparedUnit[]>();
  const names = input.declared ?? input.units.map(({ name }) => name);
  const declared = new Set([...names, ...(input.pending?.keys() ?? [])]);
  const live = withIndex(input.live);
  const partOf = partsOf({ services: input.generated.services, units: input.units, live });
  for (const unit of input.units) {
    const drifts = driftOf(unit, { ...input, live, partOf }, declared);
    compared.set(unit.instance, [...(compared.get(unit.instance) ?? []), ...drifts]);
  }
  return compared;
}

/** The drift of a unit and, if it is a template, of each of its instances. */
function driftOf(
  unit: Unit,
  input: DriftInput & { readonly live: IndexedLive; readonly partOf: PartOf },
  declared: ReadonlySet<string>,
): readonly ComparedUnit[] {
  const { generated, live, facts, differencesOnly = false } = input;
  const ignored = input.ignore.get(unit.instance) ?? [];
  const how = { declared, ignored, known: input.pending?.get(unit.name), differencesOnly };
  const found = generated.byUnit.get(unit.name);
  if (found === undefined) return [fileOnlyDrift(unit, { live, facts }, how)];
  const compare = (service: GeneratedService, template?: string) =>
    serviceDrift(unitContext({ ...input, unit, declared, found: service, template }), how);
  // An instance that has a unit of its own is compared with that unit.
  const instances = instancesOf(found, live).filter((service) => !generated.services.has(service));
  return [
    compare(found),
    ...instances.map((service) => compare(asInstance(found, service, facts), found.service)),
  ];
}

/**
 * Adds a warning about entries of `ignoreDrift` that match no unit of the instance, once, to its first
 * container.
 */
function withUselessEntries(
  units: readonly ComparedUnit[],
  ignored: readonly string[],
): readonly UnitDrift<Suggestion>[] {
  const drifts = units.map(({ drift }) => drift);
  if (ignored.length === 0) return drifts;
  const paths = units.flatMap((unit) => unit.paths());
  const unmatched = unmatchedEntries(ignored, paths);
  if (unmatched.length === 0) return drifts;
  const teller = drifts.find(({ container }) => container !== null) ?? drifts[0];
  return drifts.map((drift) => {
    if (drift !== teller) return drift;
    const fields = [...drift.fields, uselessEntries(unmatched)];
    return { ...drift, fields, status: worstStatus(fields.map(({ status }) => status)) };
  });
}
