import type { DiffEntry, FieldDrift } from "../../model/drift.ts";
import type { Json, ServiceState } from "../../model/live.ts";
import { type Difference, differences } from "./difference.ts";
import { HIDDEN, HIDDEN_OTHER, maskText } from "./mask.ts";
import type { FieldRow, Flat, RowContext, Source } from "./row.ts";

/** What one row has to compare. */
export interface Comparison {
  readonly desired: Source;
  /** What made what runs now: CreateCommand and the loaded service; the desired source where that is not known. */
  readonly made: Source;
  /** Undefined where there is no container. */
  readonly container: Json | undefined;
  /** Undefined where systemd has no unit of that name loaded. */
  readonly service: ServiceState | undefined;
  readonly context: Omit<RowContext, "call" | "service">;
  /** Said of parts that the container was made with: `created by hand`. */
  readonly origin: string;
}

/** A row's result, and whether the container was made with another value than is desired now. */
export interface RowResult {
  readonly field: FieldDrift;
  readonly outdated: boolean;
  /** Nothing is declared and nothing differs: only `outdated` is of interest. */
  readonly hidden: boolean;
}

/** Compares one row; undefined where it has nothing to say about this unit. */
export function compareRow(row: FieldRow, comparison: Comparison): RowResult | undefined {
  const { desired, made, container, service } = comparison;
  const contextOf = (source: Source) => ({ ...comparison.context, call: source.call, service });
  const wanted = row.declared(desired, contextOf(desired));
  const base = row.declared(made, contextOf(made));
  const observed = observe(row, { wanted, base }, comparison, contextOf(made));
  const found = withoutMinor(row, differences(wanted, observed));
  const outdated = differences(wanted, base).length > 0;
  if (found.length > 0) {
    const changed = found.filter(({ key, to }) => base[key] !== to);
    const field = drifted(row, { found, wanted, observed, changed }, contextOf(made), comparison.origin);
    return { field, outdated, hidden: false };
  }
  const hidden = row.quiet === true || (!row.always && Object.keys(wanted).length === 0);
  if (hidden && !outdated) return undefined;
  const isSeen = container !== undefined || (service !== undefined && row.unit !== undefined);
  return { field: isSeen ? matched(row, wanted) : unobserved(row, wanted), outdated, hidden };
}

function observe(
  row: FieldRow,
  { wanted, base }: { readonly wanted: Flat; readonly base: Flat },
  comparison: Comparison,
  context: RowContext,
): Flat {
  const { container, service } = comparison;
  const inside = container && row.container ? row.container(base, container, context, wanted) : base;
  return service && row.unit ? row.unit(inside, service, context) : inside;
}

function withoutMinor(row: FieldRow, found: readonly Difference[]): readonly Difference[] {
  return found.length > 1 ? found.filter(({ key }) => key !== row.minor) : found;
}

function matched(row: FieldRow, wanted: Flat): FieldDrift {
  const text = row.text(masked(row, wanted), []);
  return { field: row.name, status: "match", desired: text, live: text };
}

function unobserved(row: FieldRow, wanted: Flat): FieldDrift {
  return {
    field: row.name,
    status: "match",
    desired: row.text(masked(row, wanted), []),
    live: "",
    message: "not compared: there is no container",
    cause: "unobservable",
  };
}

interface Found {
  readonly found: readonly Difference[];
  readonly wanted: Flat;
  readonly observed: Flat;
  /** Parts that differ from what made the container too. */
  readonly changed: readonly Difference[];
}

function drifted(
  row: FieldRow,
  { found, wanted, observed, changed }: Found,
  context: RowContext,
  origin: string,
): FieldDrift {
  const keys = found.map(({ key }) => key);
  const made = found.filter((difference) => !changed.includes(difference));
  const ofUnit = made.length > 0 && made.every(({ key }) => row.unitParts?.includes(key));
  const changer =
    changed.length > 0 ? (row.changedBy?.(changed, context) ?? "changed since it was made") : "";
  const maker = made.length === 0 ? "" : ofUnit ? "the service that systemd has loaded says so" : origin;
  return {
    field: row.name,
    status: row.severity ?? "drift",
    desired: row.text(masked(row, wanted), keys),
    live: row.text(maskedAgainst(row, observed, wanted), keys),
    message: [row.detail?.(wanted, observed), changer, maker].filter(Boolean).join("; "),
    cause: made.length === 0 ? "live" : ofUnit ? "not-reloaded" : "outdated",
    diff: found.map((difference) => entry(row, difference)),
  };
}

function entry(row: FieldRow, { key, from, to }: Difference): DiffEntry {
  const secret = row.secret?.(key) ?? false;
  const label = row.label?.(key) ?? key;
  const shown = (text: string) => row.shown?.(key, text) ?? maskText(text);
  return {
    path: label === "" ? row.name : `${row.name}.${label}`,
    from: from === undefined ? null : secret ? HIDDEN : shown(from),
    to: to === undefined ? null : secret ? HIDDEN_OTHER : shown(to),
  };
}

function masked(row: FieldRow, value: Flat): Flat {
  return maskedAgainst(row, value, value);
}

function maskedAgainst(row: FieldRow, value: Flat, other: Flat): Flat {
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (!row.secret?.(key)) return [key, maskText(text)];
      return [key, other[key] === text ? HIDDEN : HIDDEN_OTHER];
    }),
  );
}
