import { MAX_MATCHED, matchesWhole } from "../lib/bounded-regexp.ts";
import { normaliseManifestSize } from "../lib/size.ts";
import type { Issue } from "../model/issue.ts";
import type { Parameter, Pattern } from "../model/pattern.ts";
import { issue, type Problem } from "./codes.ts";
import { keyPlaceAt, notOneOf, placeAt } from "./explain.ts";
import { checkDuration, checkObjectName, checkSize } from "./formats.ts";
import { didYouMean, kindOf, show } from "./message-parts.ts";
import { checkFolder } from "./mounts.ts";
import type { YamlText } from "./yaml.ts";

type Scalar = string | number | boolean;

interface TypeRow {
  /** Completes "must be ...". */
  readonly expects: string;
  readonly accepts: (value: unknown) => boolean;
  /** What is wrong with a text of the right kind. */
  readonly check?: (text: string) => Problem | undefined;
}

const isText = (value: unknown): boolean => typeof value === "string";

/** One row for each type: what a value must be, in words, and the test for it. */
const TYPES: Readonly<Record<Parameter["type"], TypeRow>> = {
  string: { expects: "text", accepts: isText },
  enum: { expects: "one of its values", accepts: isText },
  size: { expects: "a size such as 512M or 4G", accepts: isText, check: checkSize },
  duration: { expects: "a duration such as 30s", accepts: isText, check: checkDuration },
  path: { expects: "a folder such as ~/data or /srv/data", accepts: isText, check: checkFolder },
  secret: { expects: "the name of a podman secret", accepts: isText, check: checkObjectName },
  integer: { expects: "a whole number", accepts: Number.isSafeInteger },
  boolean: { expects: "true or false", accepts: (value) => typeof value === "boolean" },
};

/** Text parameters take numbers and booleans as written (`version: 16`, `1.10`). */
function asTyped(parameter: Parameter, value: unknown, written?: string): unknown {
  const textual = parameter.type === "string" || parameter.type === "enum" || parameter.type === "size";
  const text =
    textual && (typeof value === "number" || typeof value === "boolean") ? (written ?? String(value)) : value;
  return parameter.type === "size" && typeof text === "string" ? normaliseManifestSize(text) : text;
}

/** Replaces `{{ instance }}`, the only reference that a default may have, by the instance's name. */
export function forInstance(value: Scalar, instance: string): Scalar {
  return typeof value === "string" ? value.replaceAll(/\{\{\s*instance\s*\}\}/g, instance) : value;
}

/** A default of a pattern's file, converted to the type of its parameter if it fits. */
export function fromText(
  type: Parameter["type"],
  text: string | undefined,
): string | number | boolean | undefined {
  if (text === undefined) return undefined;
  if (type === "integer") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : text;
  return type === "size" ? normaliseManifestSize(text) : text;
}

/** What is wrong with a value of a parameter, as a predicate phrase. It does not repeat misplaced secrets. */
export function checkValue(parameter: Parameter, given: unknown): Problem | undefined {
  const value = asTyped(parameter, given);
  const { expects, accepts, check } = TYPES[parameter.type];
  if (!accepts(value)) return { message: `must be ${expects}, not ${kindOf(value)}` };
  if (parameter.type === "secret" && checkObjectName(String(value))) {
    return { message: `must be ${expects}`, hint: "the name, never the secret itself: podman secret ls" };
  }
  return check?.(String(value)) ?? checkBounds(parameter, value) ?? checkChoice(parameter, String(value));
}

function checkBounds({ type, min, max }: Parameter, value: unknown): Problem | undefined {
  if (type !== "integer") return undefined;
  if (min !== undefined && Number(value) < min) return { message: `must be at least ${min}` };
  return max !== undefined && Number(value) > max ? { message: `must be at most ${max}` } : undefined;
}

function checkChoice({ type, values, match }: Parameter, value: string): Problem | undefined {
  if (type === "string" && match !== undefined) return checkMatch(match, value);
  if (type !== "enum" || values === undefined || values.includes(value)) return undefined;
  const { message, hint } = notOneOf(values, value, "");
  return { message: message.trimStart(), hint };
}

function checkMatch(match: string, value: string): Problem | undefined {
  if (value.length > MAX_MATCHED) return { message: `is longer than ${MAX_MATCHED} characters` };
  const matches = matchesWhole(match, value);
  if (matches === undefined) {
    return {
      message: `cannot be matched against ${match} in time: ${show(value)}`,
      hint: "the pattern's expression has repetitions within repetitions; rewrite it without them",
    };
  }
  return matches ? undefined : { message: `does not match ${match}: ${show(value)}` };
}

/**
 * The pattern's parameters with the manifest's `values` over the defaults. Every parameter has a key; without
 * a value or a default it is null.
 */
export function readValues(
  pattern: Pattern,
  given: Readonly<Record<string, unknown>>,
  yaml: YamlText,
  instance: string,
): { values: Record<string, unknown>; issues: Issue[] } {
  const names = Object.keys(pattern.parameters);
  const issues = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => unknownParameter(name, pattern, yaml));
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(pattern.parameters)) {
    if (!Object.hasOwn(given, name)) {
      values[name] = parameter.default === undefined ? null : forInstance(parameter.default, instance);
      if (parameter.required && parameter.default === undefined)
        issues.push(missing(name, parameter, pattern, yaml));
      continue;
    }
    const written = yaml.texts.get(`values.${name}`);
    const value = asTyped(parameter, given[name], written);
    const problem = checkValue(parameter, value);
    values[name] = value;
    if (!problem) continue;
    const place = placeAt(yaml, ["values", name]);
    issues.push(
      issue("value-invalid", `${show(`values.${name}`)} ${problem.message}`, { ...problem, place }),
    );
  }
  return { values, issues };
}

function unknownParameter(name: string, pattern: Pattern, yaml: YamlText): Issue {
  const names = Object.keys(pattern.parameters);
  const message = `pattern ${show(pattern.name)} has no parameter ${show(name)}`;
  const hint = names.length === 0 ? "the pattern takes no values" : didYouMean(name, names, "parameters");
  return issue("key-unknown", message, { place: keyPlaceAt(yaml, ["values", name]), hint });
}

function missing(name: string, parameter: Parameter, pattern: Pattern, yaml: YamlText): Issue {
  const example: Scalar | undefined = parameter.example ?? parameter.values?.[0];
  return issue(
    "key-missing",
    `${show(`values.${name}`)} is missing: pattern ${show(pattern.name)} requires it`,
    {
      place: keyPlaceAt(yaml, ["values"]),
      hint: example === undefined ? parameter.description : `such as ${String(example)}`,
    },
  );
}
