import { type FieldDrift, type Suggestion, type UnitDrift, worstStatus } from "../model/drift.ts";
import { textAt } from "../model/live.ts";
import { UNIT_KINDS, type Unit, type UnitKind } from "../model/unit.ts";
import type { PodmanCall } from "../quadlet/argv/podman-call.ts";
import type { UnitText } from "../quadlet/argv/unit-text.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import { type Comparison, compareRow, type RowResult } from "./compare.ts";
import { ROWS } from "./fields/all-fields.ts";
import { fileRow } from "./file-row.ts";
import { ignoreDifferences } from "./ignore.ts";
import { loadedRow } from "./loaded-row.ts";
import { madeFromRow } from "./made-from-row.ts";
import { type BegunUnit, explainPending } from "./pending.ts";
import { enabledRow, plainLoadedRow } from "./plain-rows.ts";
import { isByHand, stateRow } from "./state-row.ts";
import { suggestionsFor } from "./suggestions.ts";
import type { UnitContext } from "./unit-context.ts";

/** A unit's drift, with every field and part that was compared, as `ignoreDrift` may name them. */
export interface ComparedUnit {
  readonly drift: UnitDrift<Suggestion>;
  readonly paths: () => readonly string[];
  /** The id of the unit's container. */
  readonly object?: string;
}

/** Compares a unit without a service: a drop-in, a plain file, or a unit that the generator rejected. */
export function fileOnlyDrift(
  unit: Unit,
  { live, facts }: Pick<UnitContext, "live" | "facts">,
  { declared, ignored, known }: Omit<ComparisonOptions, "differencesOnly">,
): ComparedUnit {
  const field = fileRow(unit, declared, live);
  const plain = unit.kind === "file" || unit.kind === "dropin";
  const compared = plain || field.status === "drift" ? field : notGenerated(field);
  const different = [ignoreDifferences(compared, ignored)];
  const suggestions = suggestionsFor({ unit, service: "", facts, live, objectName: undefined }, different);
  const fields = different.map((one) => explainPending(one, unit, known, live));
  const drift: UnitDrift<Suggestion> = {
    unit: unit.name,
    service: null,
    container: null,
    status: fields[0]?.status ?? "match",
    fields,
    suggestions,
  };
  return { drift, paths: () => pathsOf([compared]) };
}

function notGenerated(field: FieldDrift): FieldDrift {
  const message = "podman's generator makes no service from it, so its fields were not compared";
  return { ...field, status: "warning", message, cause: "unobservable" };
}

interface ComparisonOptions {
  /** Names of all declared units: those that are desired, and those that a sync is changing. */
  readonly declared: ReadonlySet<string>;
  /** The instance's `ignoreDrift`. */
  readonly ignored: readonly string[];
  /** The unit in the inventory, if a sync has begun to change it. */
  readonly known: BegunUnit | undefined;
  readonly differencesOnly: boolean;
}

/** Compares a unit that has a service: what runs, what made it, what is loaded, its file. */
export function serviceDrift(
  context: UnitContext,
  { declared, ignored, known, differencesOnly }: ComparisonOptions,
): ComparedUnit {
  const results = resultsOf(context, differencesOnly);
  const compared = [
    ...shownFields(context, results),
    ...loadedRows(context, declared),
    // An instance of a template has no file of its own.
    ...(context.template === undefined ? [fileRow(context.unit, declared, context.live)] : []),
    stateRow(context),
  ];
  const different = compared.map((field) => ignoreDifferences(field, ignored));
  const fields = different.map((field) => explainPending(field, context.unit, known, context.live));
  const drift: UnitDrift<Suggestion> = {
    unit: context.unit.name,
    service: context.service,
    container: context.unit.kind === "container" ? (context.objectName ?? null) : null,
    status: worstStatus(fields.map(({ status }) => status)),
    fields,
    suggestions: suggestionsFor(context, different),
  };
  return {
    drift,
    paths: () => [...results.flatMap(({ paths }) => paths()), ...pathsOf(compared)],
    object: context.objectId,
  };
}

function loadedRows(context: UnitContext, declared: ReadonlySet<string>): readonly FieldDrift[] {
  if (context.plain === undefined) return [loadedRow(context)];
  return [plainLoadedRow(context, declared), enabledRow(context) ?? []].flat();
}

function pathsOf(fields: readonly FieldDrift[]): readonly string[] {
  return fields.flatMap(({ field, diff }) => [field, ...(diff ?? []).map(({ path }) => path)]);
}

function kindOf({ unit }: UnitContext): UnitKind | undefined {
  return UNIT_KINDS.find((kind) => kind === unit.kind);
}

function resultsOf(context: UnitContext, differencesOnly: boolean): readonly RowResult[] {
  const kind = kindOf(context);
  const comparison = comparisonOf(context);
  if (kind === undefined || comparison === undefined || isTemplate(context.service)) return [];
  // For a missing container, drift lists what it could not compare. For any other object, the state says that
  // it is missing.
  if (kind !== "container" && context.object === undefined) return [];
  if (differencesOnly && isNowhere(comparison)) return [];
  return ROWS[kind].map((row) => compareRow(row, comparison, differencesOnly));
}

/** Whether neither podman nor systemd has anything that could differ. */
function isNowhere({ container, service, made, desired }: Comparison): boolean {
  return container === undefined && service === undefined && made === desired;
}

function shownFields(context: UnitContext, results: readonly RowResult[]): readonly FieldDrift[] {
  const kind = kindOf(context);
  const shown = results.filter(({ hidden }) => !hidden).map(({ field }) => field);
  if (kind !== "container" && kind !== "pod") return shown;
  return [...shown, madeFromRow(context, kind, results) ?? []].flat();
}

function comparisonOf(context: UnitContext): Comparison | undefined {
  const { desired, made, desiredText, loadedText, state, live, facts, service, object, asked } = context;
  const { inPlace } = context;
  if (desired === undefined) return undefined;
  const loaded = state?.loadState === "loaded" ? state : undefined;
  const side = (call: PodmanCall, text: UnitText) => ({
    source: { call, service: text },
    context: { live, facts, call, service: loaded, asked },
  });
  const wanted = side(desired, desiredText);
  const isNew = made === undefined && loadedText === undefined;
  return {
    desired: wanted,
    made: isNew ? wanted : side(made ?? desired, loadedText ?? desiredText),
    inPlace: inPlace && {
      ...side(inPlace.call ?? desired, inPlace.text),
      says: `${inPlace.says} on the host`,
    },
    container: object,
    ...(context.part.role === "job" && { unseen: "the container of a job lives for one run" }),
    service: loaded,
    origin:
      object !== undefined && context.unit.kind === "container" && isByHand(object, service)
        ? `the ${context.unit.kind} ${textAt(object, "Name")} was created by hand`
        : `the ${context.unit.kind} was made from another unit text`,
  };
}
