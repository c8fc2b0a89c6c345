import { closest } from "fastest-levenshtein";
import type { FieldDrift } from "../model/drift.ts";
import { KEY_ROWS } from "./keys.ts";

/**
 * Removes the differences that a manifest's `ignoreDrift` names: a field (`memory`) or one part of it
 * (`environment.BUILD_ID`). A field without remaining differences matches.
 */
export function ignoreDifferences(field: FieldDrift, ignored: readonly string[]): FieldDrift {
  if (field.status === "match" || ignored.length === 0) return field;
  const isIgnored = (path: string) =>
    ignored.some((entry) => path === entry || path.startsWith(`${entry}.`) || field.field === entry);
  const left = (field.diff ?? []).filter(({ path }) => !isIgnored(path));
  if (left.length > 0) return { ...field, diff: left };
  if (!field.diff && !isIgnored(field.field)) return field;
  const { field: name, desired, live } = field;
  return { field: name, status: "match", desired, live, message: "differs, but ignoreDrift allows it" };
}

/** Entries of `ignoreDrift` that name neither a field nor a part nor a difference. */
export function unmatchedEntries(ignored: readonly string[], paths: readonly string[]): readonly string[] {
  return ignored.filter((entry) => !paths.some((path) => path === entry || path.startsWith(`${entry}.`)));
}

/** Names of the fields of all kinds of units. */
const FIELDS: readonly string[] = [
  ...new Set([...KEY_ROWS.map(({ field }) => field), "restart", "traefik", "unit", "container"]),
];

/**
 * A warning about useless entries, which may be misspelt or name something that is gone; one per instance.
 */
export function uselessEntries(entries: readonly string[]): FieldDrift {
  return {
    field: "ignoreDrift",
    status: "warning",
    desired: entries.join(", "),
    live: "",
    message: entries.map(whyUseless).join("; "),
    cause: "unobservable",
  };
}

function whyUseless(entry: string): string {
  const [name = ""] = entry.split(".");
  if (FIELDS.includes(name)) return `ignoreDrift names ${entry}, but the instance has nothing of that name`;
  const suggestion = closest(name, [...FIELDS]);
  return `ignoreDrift names ${entry}, but no field is called ${name}; did you mean ${suggestion}?`;
}
