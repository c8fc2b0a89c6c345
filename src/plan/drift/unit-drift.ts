import { type FieldDrift, type UnitDrift, worstStatus } from "../../model/drift.ts";
import { type Json, textAt } from "../../model/live.ts";
import type { Unit } from "../../model/unit.ts";
import { type Comparison, compareRow } from "./compare.ts";
import { FIELD_ROWS } from "./fields/index.ts";
import { NETWORK_ROWS, VOLUME_ROWS } from "./fields/objects.ts";
import { fileRow } from "./file-row.ts";
import { ignoreDifferences } from "./ignore.ts";
import { loadedRow } from "./loaded-row.ts";
import { madeFromRow } from "./made-from-row.ts";
import type { FieldRow } from "./row.ts";
import { isByHand, objectsOf, stateRow } from "./state-row.ts";
import { suggestionsFor } from "./suggestions.ts";
import type { UnitContext } from "./unit-context.ts";

/** Compares a unit that has no service: a drop-in, a plain file, or one that the generator did not take. */
export function fileOnlyDrift(
  unit: Unit,
  units: readonly Unit[],
  { live, facts }: Pick<UnitContext, "live" | "facts">,
  ignored: readonly string[],
): UnitDrift {
  const field = fileRow(unit, units, live);
  const plain = unit.kind === "file" || unit.kind === "dropin";
  const compared = plain || field.status === "drift" ? field : notGenerated(field);
  const fields = [ignoreDifferences(compared, ignored)];
  const suggestions = suggestionsFor({ unit, service: "", facts, objectName: undefined }, fields);
  return {
    unit: unit.name,
    service: null,
    container: null,
    status: fields[0]?.status ?? "match",
    fields,
    suggestions,
  };
}

function notGenerated(field: FieldDrift): FieldDrift {
  const message = "podman's generator makes no service of it; its fields were not compared";
  return { ...field, status: "warning", message, cause: "unobservable" };
}

/** Compares a unit with a service: what runs, what made it, what is loaded, its file. */
export function serviceDrift(
  context: UnitContext,
  units: readonly Unit[],
  ignored: readonly string[],
): UnitDrift {
  const compared = [
    ...fieldsOf(context),
    loadedRow(context),
    fileRow(context.unit, units, context.live),
    stateRow(context),
  ];
  const fields = compared.map((field) => ignoreDifferences(field, ignored));
  return {
    unit: context.unit.name,
    service: context.service,
    container: context.unit.kind === "container" ? (context.objectName ?? null) : null,
    status: worstStatus(fields.map(({ status }) => status)),
    fields,
    suggestions: suggestionsFor(context, fields),
  };
}

function fieldsOf(context: UnitContext): readonly FieldDrift[] {
  const { kind } = context.unit;
  if (kind === "container") return containerFields(context);
  if (kind === "network") return objectFields(context, NETWORK_ROWS);
  return kind === "volume" ? objectFields(context, VOLUME_ROWS) : [];
}

function containerFields(context: UnitContext): readonly FieldDrift[] {
  const comparison = comparisonOf(context, context.container);
  if (comparison === undefined) return [];
  const results = FIELD_ROWS.flatMap((row) => compareRow(row, comparison) ?? []);
  const shown = results.filter(({ hidden }) => !hidden).map(({ field }) => field);
  return [...shown, madeFromRow(context, results) ?? []].flat();
}

function objectFields(context: UnitContext, rows: readonly FieldRow[]): readonly FieldDrift[] {
  const object = objectsOf(context)[0];
  const comparison = comparisonOf(context, object);
  if (comparison === undefined || object === undefined) return [];
  return rows.flatMap((row) => compareRow(row, comparison)?.field ?? []);
}

function comparisonOf(context: UnitContext, object: Json | undefined): Comparison | undefined {
  const { desired, made, desiredText, loadedText, state, live, facts, service } = context;
  if (desired === undefined) return undefined;
  return {
    desired: { call: desired, service: desiredText },
    made: { call: made ?? desired, service: loadedText ?? desiredText },
    container: object,
    service: state?.loadState === "loaded" ? state : undefined,
    context: { live, facts },
    origin:
      object !== undefined && isByHand(object, service)
        ? `the container ${textAt(object, "Name")} was created by hand`
        : "the container was made from another unit text",
  };
}
