import { HIDDEN, isSecretName, maskCommand, unlike } from "../lib/mask-secrets.ts";
import type { DiffEntry, FieldDrift } from "../model/drift.ts";
import { serviceOf } from "../model/live.ts";
import { allOf, type Flags, type PodmanCall } from "../quadlet/argv/podman-call.ts";
import type { RowResult } from "./compare.ts";
import { ROWS } from "./fields/all-fields.ts";
import type { FieldRow } from "./row.ts";
import { isByHand } from "./state-row.ts";
import type { UnitContext } from "./unit-context.ts";

const DECLARED = "this unit";

/** Flags that say how a container is started, replaced and removed, not what it is. */
const PLUMBING = new Set([
  "cidfile",
  "conmon-pidfile",
  "detach",
  "infra-conmon-pidfile",
  "pod-id-file",
  "quiet",
  "replace",
  "rm",
]);

/** Kinds of units for which podman records the command that made the object. */
type MadeKind = "container" | "pod";

const flagsOf = (rows: readonly FieldRow[]): ReadonlySet<string> =>
  new Set(rows.flatMap(({ flags }) => flags));
/** The flags that have a row. */
const COVERED = { container: flagsOf(ROWS.container), pod: flagsOf(ROWS.pod) };

/**
 * What the other rows leave: flags without a row in which the desired command differs from the one that made
 * the container, and containers that were made by hand. The label with the digest of the unit's text is not
 * compared: a changed description changes it, and restarts nothing.
 */
export function madeFromRow(
  context: UnitContext,
  kind: MadeKind,
  results: readonly RowResult[],
): FieldDrift | undefined {
  const { object, desired, made, service } = context;
  if (object === undefined || desired === undefined) return undefined;
  const byHand = isByHand(object, service);
  if (made === undefined && !byHand) return unobservable();
  const explained = results.some(({ outdated, field }) => outdated && field.status === "drift");
  const flags = made === undefined ? [] : flagEntries(desired, made, kind);
  const own = made === undefined ? [] : [...ownEntries(flags, made, kind, context), ...restored(results)];
  if (own.length > 0) return drift(own, byHand, context);
  if (byHand && !explained) return drift([], true, context);
  if (flags.length > 0) return overridden(flags, context);
  return match();
}

/** The flags without those that others on the host have added. A new container would have these again. */
function ownEntries(
  flags: readonly DiffEntry[],
  made: PodmanCall,
  kind: MadeKind,
  { inPlace }: UnitContext,
): readonly DiffEntry[] {
  if (inPlace?.call === undefined) return flags;
  const still = new Set(flagEntries(inPlace.call, made, kind).map(({ path }) => path));
  return flags.filter(({ path }) => still.has(path));
}

function overridden(diff: readonly DiffEntry[], { inPlace }: UnitContext): FieldDrift {
  const message = `changed by ${inPlace?.says ?? "others"} on the host`;
  return {
    field: "made-from",
    status: "drift",
    desired: DECLARED,
    live: "another unit text",
    message,
    cause: "override",
    diff,
  };
}

function match(): FieldDrift {
  return { field: "made-from", status: "match", desired: DECLARED, live: DECLARED };
}

function unobservable(): FieldDrift {
  const message = "podman records no command for this container; only live values were compared";
  return { ...match(), live: "", message, cause: "unobservable" };
}

function drift(diff: readonly DiffEntry[], byHand: boolean, context: UnitContext): FieldDrift {
  const what = diff.map(({ path }) => path.replace(/^made-from\./, "")).join(", ");
  const origin = byHand
    ? `created by hand, not by ${context.service}`
    : "the container was made from another unit text";
  return {
    field: "made-from",
    status: "drift",
    desired: DECLARED,
    live: byHand ? "another command" : "another unit text",
    message: what === "" ? origin : `${origin}: ${what}`,
    cause: "outdated",
    diff: diff.length > 0 ? diff : [{ path: "made-from", from: context.service, to: systemdUnit(context) }],
  };
}

function systemdUnit({ object }: UnitContext): string | null {
  return (object && serviceOf(object)) || null;
}

/** Differences in flags that have no row. */
function flagEntries(desired: PodmanCall, made: PodmanCall, kind: MadeKind): readonly DiffEntry[] {
  const covered = COVERED[kind];
  const names = new Set([...desired.flags.keys(), ...made.flags.keys()]);
  const uncovered = [...names].filter((name) => !covered.has(name) && !PLUMBING.has(name)).sort();
  const flags = uncovered.flatMap((name) => flagEntry(name, desired.flags, made.flags));
  const globals = [...new Set([...desired.global.keys(), ...made.global.keys()])]
    .filter((name) => name !== "runtime")
    .flatMap((name) => flagEntry(name, desired.global, made.global));
  return [...flags, ...globals];
}

/** Rows in which the container was made with another value and now has the declared one. */
function restored(results: readonly RowResult[]): readonly DiffEntry[] {
  return results
    .filter(({ outdated, field }) => outdated && field.status === "match")
    .map(({ field }) => ({ path: `made-from.${field.field}`, from: "as declared", to: "other" }));
}

function flagEntry(name: string, desired: Flags, made: Flags): readonly DiffEntry[] {
  const wanted = valuesOf(name, desired);
  const found = valuesOf(name, made);
  if (JSON.stringify(wanted) === JSON.stringify(found)) return [];
  const text = (values: readonly string[]) =>
    values.length === 0 ? null : isSecretName(name) ? HIDDEN : values.map(maskCommand).join(", ");
  const [from, to] = [text(wanted), text(found)];
  return [{ path: `made-from.${name}`, from, to: to === null ? null : unlike(to, from ?? to) }];
}

function valuesOf(name: string, flags: Flags): readonly string[] {
  return [...allOf(flags, name)].sort();
}
