import type { z } from "zod";
import type { Issue } from "../model/issue.ts";
import { formatPlace, type Place } from "../model/place.ts";
import { type IssueCode, issue } from "./codes.ts";
import { didYouMean, kindOf, listOf, nearHint, show } from "./message-parts.ts";
import { expectationAt, keysAt } from "./shape.ts";
import { displayPath, dotted, type Path, readYaml, type YamlText } from "./yaml.ts";

/** A YAML file that was read and checked: the schema's output, or undefined if there are issues. */
export interface CheckedValue<T> {
  readonly yaml: YamlText;
  readonly value: T | undefined;
  readonly issues: readonly Issue[];
}

/** Reads a YAML file and checks it with a schema. All issues name the file's line and column. */
export function readChecked<T extends z.ZodType>(
  file: string,
  text: string,
  schema: T,
): CheckedValue<z.output<T>> {
  return check(
    readYaml(file, text, (path) => expectationAt(schema, path)),
    schema,
  );
}

/** Checks a YAML file that was read with the schema's traits. */
export function check<T extends z.ZodType>(yaml: YamlText, schema: T): CheckedValue<z.output<T>> {
  if (yaml.data === undefined) return { yaml, value: undefined, issues: yaml.issues };
  const parsed = schema.safeParse(yaml.data);
  const issues = [...yaml.issues, ...explain(parsed.error?.issues ?? [], yaml, schema)];
  return { yaml, value: parsed.success && issues.length === 0 ? parsed.data : undefined, issues };
}

/** The place of the value at a path, or of the nearest written node above it. */
export function placeAt(yaml: YamlText, path: readonly PropertyKey[]): Place {
  for (let length = path.length; length >= 0; length -= 1) {
    const place = yaml.places.get(dotted(path.slice(0, length)));
    if (place) return place;
  }
  return { file: yaml.file };
}

/** The place of the key at a path. */
export function keyPlaceAt(yaml: YamlText, path: readonly PropertyKey[]): Place {
  return yaml.keys.get(dotted(path)) ?? placeAt(yaml, path);
}

/**
 * Turns zod's issues into ours: plain words, a place in the file, and the nearest valid word. A place that
 * already has an issue from reading gets no second one.
 */
export function explain(
  zodIssues: readonly z.core.$ZodIssue[],
  yaml: YamlText,
  schema: z.core.$ZodType,
): Issue[] {
  const known = new Set(yaml.issues.map(({ place }) => place && formatPlace(place)));
  return zodIssues
    .filter((zodIssue) => !isAboutBrokenWhole(zodIssue, zodIssues))
    .flatMap((zodIssue) => explainOne(zodIssue, yaml, schema))
    .filter(({ place }) => !place || !known.has(formatPlace(place)));
}

/** Made by problemsOf: the message completes "<name> ...". */
const isOurs = (zodIssue: z.core.$ZodIssueCustom): boolean => zodIssue.params?.problem === true;

/** A rule over several keys adds nothing while one of these keys is wrong by itself. */
function isAboutBrokenWhole(rule: z.core.$ZodIssue, all: readonly z.core.$ZodIssue[]): boolean {
  const isBelow = (path: readonly PropertyKey[]) =>
    path.length > rule.path.length && rule.path.every((part, index) => part === path[index]);
  return rule.code === "custom" && !isOurs(rule) && all.some(({ path }) => isBelow(path));
}

interface Finding {
  readonly code?: IssueCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

function explainOne(zodIssue: z.core.$ZodIssue, yaml: YamlText, schema: z.core.$ZodType): Issue[] {
  const path = zodIssue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (zodIssue.code === "unrecognized_keys") {
    return zodIssue.keys.map((key) => unknownKey(key, path, yaml, schema));
  }
  if (zodIssue.code === "invalid_key") {
    const message = zodIssue.issues[0]?.message ?? "cannot be a key here";
    const about = `${show(String(path.at(-1)))} ${message}`;
    return [issue("value-invalid", about, { place: keyPlaceAt(yaml, path) })];
  }
  const { code = "value-invalid", message, hint } = judge(zodIssue, path, yaml, schema);
  return [issue(code, message, { place: placeAt(yaml, path), hint })];
}

function unknownKey(key: string, path: Path, yaml: YamlText, schema: z.core.$ZodType): Issue {
  const where = path.length > 0 ? ` in ${show(displayPath(path))}` : "";
  const hint =
    key === "<<" ? "YAML 1.2 has no merge keys; write the keys out" : didYouMean(key, keysAt(schema, path));
  return issue("key-unknown", `unknown key ${show(key)}${where}`, {
    place: keyPlaceAt(yaml, [...path, key]),
    hint,
  });
}

function judge(zodIssue: z.core.$ZodIssue, path: Path, yaml: YamlText, schema: z.core.$ZodType): Finding {
  const name = path.length > 0 ? show(displayPath(path)) : "the file";
  const value = valueAt(yaml.data, path);
  if (value === undefined && zodIssue.code !== "custom") {
    return { code: "key-missing", message: `${name} is missing` };
  }
  if (zodIssue.code === "custom") return custom(zodIssue, name);
  if (zodIssue.code === "invalid_value") return notOneOf(zodIssue.values.map(String), value, name);
  if (zodIssue.code === "too_small" && isSized(zodIssue.origin))
    return { message: `${name} must not be empty` };
  const expected = expectationAt(schema, path).expects ?? expectedBy(zodIssue);
  if (value === null) {
    return {
      message: `${name} has no value; it must be ${expected}`,
      hint: "give it a value or remove the key",
    };
  }
  return { message: `${name} must be ${expected}, not ${kindOf(value)}` };
}

function custom(zodIssue: z.core.$ZodIssueCustom, name: string): Finding {
  if (!isOurs(zodIssue)) return { message: `${name}: ${zodIssue.message}` };
  const hint: unknown = zodIssue.params?.hint;
  return { message: `${name} ${zodIssue.message}`, hint: typeof hint === "string" ? hint : undefined };
}

/** A value that is not one of a few words. */
export function notOneOf(words: readonly string[], value: unknown, name: string): Finding {
  const given = typeof value === "string" ? show(value) : kindOf(value);
  const hint = typeof value === "string" ? nearHint(value, words) : undefined;
  return { message: `${name} must be ${listOf(words)}, not ${given}`, hint };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
};

function expectedBy(zodIssue: z.core.$ZodIssue): string {
  if (zodIssue.code === "invalid_type") return TYPE_WORDS[zodIssue.expected] ?? zodIssue.expected;
  if (zodIssue.code === "too_small") return `at least ${zodIssue.minimum}`;
  if (zodIssue.code === "too_big") return `at most ${zodIssue.maximum}`;
  return "something else";
}

const isSized = (origin: string): boolean => origin === "string" || origin === "array";

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
