import { HIDDEN, HIDDEN_OTHER, maskOptions, maskText, unlike } from "../lib/mask-secrets.ts";
import type { DiffEntry, DriftCause, FieldDrift } from "../model/drift.ts";
import type { Json, ServiceState } from "../model/live.ts";
import { type Difference, differences } from "./difference.ts";
import type { Flat } from "./flat.ts";
import type { FieldRow, RowContext, Source } from "./row.ts";

/** What a declared value is read from, and what else its row may look at. */
export interface Side {
  readonly source: Source;
  readonly context: RowContext;
}

/** What one row has to compare. */
export interface Comparison {
  readonly desired: Side;
  /**
   * What made the running object: CreateCommand and the loaded service; the desired side if they are unknown.
   */
  readonly made: Side;
  /**
   * What the unit means with the files that others have put on the host, and who they are; undefined if not
   * asked for.
   */
  readonly inPlace?: (Side & { readonly says: string }) | undefined;
  /** The object that the unit stands for, as podman has it; undefined if it does not exist. */
  readonly container: Json | undefined;
  /** Why there is no object to compare; absent: it does not exist. */
  readonly unseen?: string;
  /** Undefined if systemd has not loaded a unit of that name. */
  readonly service: ServiceState | undefined;
  /** Why a part differs that the container was made with: `created by hand`. */
  readonly origin: string;
}

/** A row's result. */
export interface RowResult {
  readonly field: FieldDrift;
  /** Whether the container was made with another value than is desired now. */
  readonly outdated: boolean;
  /** Whether the field is not shown because nothing differs, so that only `outdated` matters. */
  readonly hidden: boolean;
  /** The field and all of its parts, as `ignoreDrift` may name them. */
  readonly paths: () => readonly string[];
}

/** Compares one row. A match is hidden if the caller asks for differences only. */
export function compareRow(row: FieldRow, comparison: Comparison, differencesOnly: boolean): RowResult {
  const { desired, made, inPlace, container, service } = comparison;
  const wanted = row.declared(desired.source, desired.context);
  const madeWith = made === desired ? wanted : row.declared(made.source, made.context);
  const left = row.optional === true && Object.keys(madeWith).length === 0;
  const base = left ? wanted : madeWith;
  const observed = left ? wanted : observe(row, { wanted, base }, comparison);
  const found = withoutMinor(row, differences(wanted, observed));
  const placed = inPlace && row.declared(inPlace.source, inPlace.context);
  const isAdded = ({ key, to }: Difference) => placed !== undefined && placed[key] === to;
  const outdated = differences(wanted, base).some((difference) => !isAdded(difference));
  const paths = () => Object.keys({ ...wanted, ...observed }).map((key) => pathOf(row, key));
  if (found.length > 0) {
    const own = found.filter((difference) => !isAdded(difference));
    const changed = own.filter(({ key, to }) => base[key] !== to);
    const field = drifted(row, { found, wanted, observed, own, changed }, comparison);
    return { field, outdated, hidden: false, paths };
  }
  const isEmpty = !row.always && Object.keys(wanted).length === 0;
  const hidden = differencesOnly || row.quiet === true || isEmpty;
  if (hidden) return { field: matched(row, ""), outdated, hidden, paths };
  const isSeen = container !== undefined || (service !== undefined && row.unit !== undefined);
  const text = row.text(masked(row, wanted, desired.context), []);
  const field = isSeen ? matched(row, text) : unobserved(row, text, comparison);
  return { field, outdated, hidden, paths };
}

function pathOf(row: FieldRow, key: string): string {
  const label = row.label?.(key) ?? key;
  return label === "" ? row.name : `${row.name}.${label}`;
}

function observe(
  row: FieldRow,
  { wanted, base }: { readonly wanted: Flat; readonly base: Flat },
  { container, service, made: { context } }: Comparison,
): Flat {
  const inside = container && row.container ? row.container(base, container, context, wanted) : base;
  return service && row.unit ? row.unit(inside, service, context) : inside;
}

function withoutMinor(row: FieldRow, found: readonly Difference[]): readonly Difference[] {
  return found.length > 1 ? found.filter(({ key }) => key !== row.minor) : found;
}

function matched(row: FieldRow, text: string): FieldDrift {
  return { field: row.name, status: "match", desired: text, live: text };
}

function unobserved(row: FieldRow, text: string, { unseen }: Comparison): FieldDrift {
  return {
    field: row.name,
    status: "match",
    desired: text,
    live: "",
    message: `not compared: ${unseen ?? "there is no container"}`,
    cause: "unobservable",
  };
}

interface Found {
  readonly found: readonly Difference[];
  readonly wanted: Flat;
  readonly observed: Flat;
  /** Differing parts that others on the host have not changed. */
  readonly own: readonly Difference[];
  /** Those of `own` that also differ from what made the container. */
  readonly changed: readonly Difference[];
}

function drifted(row: FieldRow, parts: Found, comparison: Comparison): FieldDrift {
  const { found, wanted, observed } = parts;
  const { context } = comparison.desired;
  const keys = found.map(({ key }) => key);
  const declared = row.text(masked(row, wanted, context), keys);
  const { words, cause } = originOf(row, parts, comparison);
  return {
    field: row.name,
    status: row.severity ?? "drift",
    desired: declared,
    // If a row hides secrets itself and only these differ, its two texts are equal.
    live: unlike(row.text(maskedAgainst(row, observed, wanted, context), keys), declared),
    message: [row.detail?.(wanted, observed), ...words].filter(Boolean).join("; "),
    cause,
    diff: found.map((difference) => entry(row, difference, context)),
  };
}

/**
 * Where the differences come from, in words, and the cause that a plan acts on. It is the cause that a sync
 * can do most about.
 */
function originOf(
  row: FieldRow,
  { found, own, changed }: Found,
  { made: { context }, inPlace, origin }: Comparison,
): { readonly words: readonly string[]; readonly cause: DriftCause } {
  const words: string[] = [];
  let cause: DriftCause = "override";
  if (changed.length > 0) {
    const moved = row.movedInput?.(changed, context);
    words.push(moved ?? row.changedBy?.(changed, context) ?? "changed since it was made");
    const isOverridden = row.isOverridden?.(changed, context) === true;
    cause = moved !== undefined ? "input" : isOverridden ? "override" : "live";
  }
  const made = own.filter((difference) => !changed.includes(difference));
  if (made.length > 0) {
    const ofUnit = made.every(({ key }) => row.unitParts?.includes(key));
    words.push(ofUnit ? "the loaded service has this value" : origin);
    cause = ofUnit ? "not-reloaded" : "outdated";
  }
  if (own.length < found.length && inPlace !== undefined) words.push(`changed by ${inPlace.says}`);
  return { words, cause };
}

function entry(row: FieldRow, { key, from, to }: Difference, context: RowContext): DiffEntry {
  const secret = row.secret?.(key, context) ?? false;
  const shown = (text: string) => (secret ? HIDDEN : (row.shown?.(key, text) ?? maskOptions(text)));
  const before = from === undefined ? null : shown(from);
  const now = to === undefined ? null : shown(to);
  return { path: pathOf(row, key), from: before, to: now === null ? null : unlike(now, before ?? now) };
}

function masked(row: FieldRow, value: Flat, context: RowContext): Flat {
  return maskedAgainst(row, value, value, context);
}

function maskedAgainst(row: FieldRow, value: Flat, other: Flat, context: RowContext): Flat {
  // A row that has its own way to show parts also hides their secrets.
  const mask = row.shown === undefined ? maskOptions : maskText;
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      const wanted = other[key];
      if (row.secret?.(key, context)) return [key, wanted === text ? HIDDEN : HIDDEN_OTHER];
      return [key, wanted === undefined || wanted === text ? mask(text) : unlike(mask(text), mask(wanted))];
    }),
  );
}
