import type { DiffEntry, FieldDrift } from "../../model/drift.ts";
import { serviceOf } from "../../model/live.ts";
import { LABEL_DIGEST } from "../../model/unit.ts";
import { allOf, type Flags, type PodmanCall } from "../argv/podman.ts";
import { remember } from "../memo.ts";
import type { RowResult } from "./compare.ts";
import { HIDDEN, isSecretName, maskCommand, unlike } from "./mask.ts";
import type { FieldRow } from "./row.ts";
import { isByHand } from "./state-row.ts";
import type { UnitContext } from "./unit-context.ts";

const DECLARED = "this unit";

/** Flags that say nothing about what the container is: how it is started, replaced and removed. */
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

/**
 * What is left: every flag in which the desired command and the one that made the container differ and that no
 * row of the table has shown, the digest of the unit text, and containers that were made by hand.
 */
export function madeFromRow(
  context: UnitContext,
  rows: readonly FieldRow[],
  results: readonly RowResult[],
): FieldDrift | undefined {
  const { object, desired, made, service } = context;
  if (object === undefined || desired === undefined) return undefined;
  const byHand = isByHand(object, service);
  if (made === undefined && !byHand) return unobservable();
  const explained = results.some(({ outdated, field }) => outdated && field.status === "drift");
  const residual = made === undefined ? [] : residualOf(desired, made, rows, results);
  if (residual.length > 0) return drift(residual, byHand, context);
  if (explained) return match();
  if (byHand) return drift([], true, context);
  return digestDiffers(desired, made) ? drift([digestEntry(desired, made)], false, context) : match();
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

/** The flags that rows compare themselves. */
const flagsOf = remember((rows: readonly FieldRow[]) => new Set(rows.flatMap(({ flags }) => flags)));

function residualOf(
  desired: PodmanCall,
  made: PodmanCall,
  rows: readonly FieldRow[],
  results: readonly RowResult[],
): readonly DiffEntry[] {
  const covered = flagsOf(rows);
  const names = new Set([...desired.flags.keys(), ...made.flags.keys()]);
  const uncovered = [...names].filter((name) => !covered.has(name) && !PLUMBING.has(name)).sort();
  const flags = uncovered.flatMap((name) => flagEntry(name, desired.flags, made.flags));
  const globals = [...new Set([...desired.global.keys(), ...made.global.keys()])]
    .filter((name) => name !== "runtime")
    .flatMap((name) => flagEntry(name, desired.global, made.global));
  const restored = results
    .filter(({ outdated, field }) => outdated && field.status === "match")
    .map(({ field }) => ({ path: `made-from.${field.field}`, from: "as declared", to: "other" }));
  return [...flags, ...globals, ...restored];
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

function digestOf(call: PodmanCall | undefined): string | undefined {
  const prefix = `${LABEL_DIGEST}=`;
  return allOf(call?.flags ?? new Map(), "label")
    .find((label) => label.startsWith(prefix))
    ?.slice(prefix.length);
}

function digestDiffers(desired: PodmanCall, made: PodmanCall | undefined): boolean {
  return digestOf(desired) !== digestOf(made);
}

function digestEntry(desired: PodmanCall, made: PodmanCall | undefined): DiffEntry {
  const short = (digest: string | undefined) => digest?.slice(0, 12) ?? null;
  return { path: "made-from.unit-digest", from: short(digestOf(desired)), to: short(digestOf(made)) };
}
