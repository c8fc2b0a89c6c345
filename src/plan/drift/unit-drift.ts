import type { DriftStatus, FieldDrift, UnitDrift } from "../../model/drift.ts";
import { worstStatus } from "../../model/drift.ts";
import type { Json } from "../../model/live.ts";
import { textAt } from "../../model/live.ts";
import type { Unit } from "../../model/unit.ts";
import { type Comparison, compareRow } from "./compare.ts";
import { FIELD_ROWS } from "./fields/index.ts";
import { fileRow } from "./file-row.ts";
import { ignoreDifferences } from "./ignore.ts";
import { isByHand, stateRow } from "./state-row.ts";
import type { UnitContext } from "./unit-context.ts";

/** Compares a unit that has no service: a drop-in, a plain file, or one that the generator did not take. */
export function fileOnlyDrift(
  unit: Unit,
  units: readonly Unit[],
  context: Pick<UnitContext, "live">,
  ignored: readonly string[],
): UnitDrift {
  const field = fileRow(unit, units, context.live);
  const plain = unit.kind === "file" || unit.kind === "dropin";
  const fields = plain || field.status === "drift" ? [field] : [notGenerated(field)];
  return finish(unit, null, null, fields, ignored);
}

function notGenerated(field: FieldDrift): FieldDrift {
  const message = "podman's generator makes no service of it; its fields were not compared";
  return { ...field, status: "warning", message, cause: "unobservable" };
}

/** Compares a unit with a service: its file, what is loaded, what runs. */
export function serviceDrift(
  context: UnitContext,
  units: readonly Unit[],
  ignored: readonly string[],
): UnitDrift {
  const file = fileRow(context.unit, units, context.live);
  const fields = [...containerFields(context), file, stateRow(context)];
  const container = context.unit.kind === "container" ? (context.objectName ?? null) : null;
  return finish(context.unit, context.service, container, fields, ignored);
}

function containerFields(context: UnitContext): readonly FieldDrift[] {
  const { unit, desired, made, desiredText, loadedText, container, state, live, facts } = context;
  if (unit.kind !== "container" || desired === undefined) return [];
  const comparison: Comparison = {
    desired: { call: desired, service: desiredText },
    made: { call: made ?? desired, service: loadedText ?? desiredText },
    container,
    service: state?.loadState === "loaded" ? state : undefined,
    context: { live, facts },
    origin: originOf(container, context.service),
  };
  return FIELD_ROWS.flatMap((row) => compareRow(row, comparison)?.field ?? []);
}

function originOf(container: Json | undefined, service: string): string {
  return container && isByHand(container, service)
    ? `the container ${textAt(container, "Name")} was created by hand`
    : "the container was made from another unit text";
}

function finish(
  unit: Unit,
  service: string | null,
  container: string | null,
  compared: readonly FieldDrift[],
  ignored: readonly string[],
): UnitDrift {
  const fields = compared.map((field) => ignoreDifferences(field, ignored));
  const status: DriftStatus = worstStatus(fields.map((field) => field.status));
  return { unit: unit.name, service, container, status, fields, suggestions: [] };
}
