import { at, type Json, listAt, textAt } from "../../model/live.ts";
import { allOf } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** One part of a field: a flag, and where podman shows its effect. */
export interface Part {
  /** Empty if the field has only this value. */
  readonly part: string;
  readonly flag: string;
  /** The flag's values as podman shows them; undefined if they declare nothing. */
  readonly declared: (values: readonly string[]) => string | undefined;
  /** What the object shows; undefined if it shows nothing, so that the declared value stands. */
  readonly live: (object: Json, expected: string) => string | undefined;
}

/** The last value of a flag, unchanged or as `format` makes it comparable. */
export function lastValue(format: (text: string) => string | undefined = (text) => text): Part["declared"] {
  return (values) => {
    const last = values.at(-1);
    return last === undefined || last === "" ? undefined : format(last);
  };
}

/** A field of parts. Each is compared if it is declared. */
export function partsRow(name: string, parts: readonly Part[], more: Partial<FieldRow> = {}): FieldRow {
  return {
    name,
    flags: [...new Set(parts.map(({ flag }) => flag))],
    declared: ({ call }) =>
      flat(
        Object.fromEntries(
          parts.map(({ part, flag, declared }) => [part, declared(allOf(call.flags, flag))]),
        ),
      ),
    container: (expected, object) => {
      const seen = parts.map(({ part, live }) => {
        const value = expected[part];
        return [part, value === undefined ? undefined : (live(object, value) ?? value)] as const;
      });
      return flat(Object.fromEntries(seen));
    },
    text: (value, keys) => partsText(value, keys),
    label: (key) => key,
    ...more,
  };
}

function partsText(value: Flat, keys: readonly string[]): string {
  const shown = keys.length > 0 ? keys.filter((key) => key in value) : Object.keys(value);
  return shown.map((key) => `${key} ${value[key]}`.trim()).join(", ") || "not set";
}

/** A field that is the value of one flag. */
export function singleValueRow(
  name: string,
  flag: string,
  live: Part["live"],
  format?: (text: string) => string | undefined,
): FieldRow {
  return partsRow(name, [{ part: "", flag, declared: lastValue(format), live }], { label: () => "" });
}

/** Parts as people write them. A switch that is on shows only its name. */
export function switchesText(value: Flat): string {
  const texts = Object.entries(value).map(([part, text]) => (text === "true" ? part : `${part} ${text}`));
  return texts.join(", ") || "default";
}

/** The value of an entry that is in a set. */
const THERE = "declared";

/** A field that is a set of texts. Each declared entry must be there. */
export function setRow(
  name: string,
  flag: string,
  entries: (value: string) => readonly string[],
  live: (object: Json) => readonly string[] | undefined,
): FieldRow {
  return {
    name,
    flags: [flag],
    declared: ({ call }) =>
      Object.fromEntries(
        allOf(call.flags, flag)
          .flatMap(entries)
          .map((entry) => [entry, THERE]),
      ),
    container: (expected, object) => {
      const found = live(object);
      if (found === undefined) return expected;
      return Object.fromEntries(Object.entries(expected).filter(([entry]) => found.includes(entry)));
    },
    text: (value) => Object.keys(value).join(", ") || "none",
  };
}

/** The texts of a list at a path; undefined if podman shows no such list. */
export function textsAt(object: Json, ...path: readonly string[]): readonly string[] | undefined {
  return at(object, ...path) === undefined ? undefined : listAt(object, ...path).map(String);
}

/** The text at a path; undefined if there is none, which does not count as a difference. */
export function shownAt(object: Json, ...path: readonly string[]): string | undefined {
  return textAt(object, ...path) || undefined;
}
