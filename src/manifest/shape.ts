import * as z from "zod";
import type { Problem } from "./codes.ts";
import type { Path, Traits } from "./yaml.ts";

/** What a schema node says about itself beyond what zod checks. */
export interface Expectation extends Traits {
  /** Completes "must be ...". */
  readonly expects?: string | undefined;
}

/** The expectations of schema nodes, which reading, messages and the documentation of a key use. */
export const expectations = z.registry<Expectation>();

export type Check = (text: string) => Problem | undefined;

/** Text that keeps a format. `expects` completes "must be ..."; `check` judges the text. */
export function text(expects: string, check?: Check, traits: Traits = {}): z.ZodString {
  const schema = check ? z.string().check(problemsOf(check)) : z.string();
  return schema.register(expectations, { expects, ...traits });
}

/** Any text, also from a number or a boolean, as it is written in the file. */
export function written(expects: string, check?: Check, traits: Traits = {}): z.ZodString {
  const schema = text(expects, check, { asWritten: true, ...traits });
  return schema.meta({ type: ["string", "number", "boolean"] }).register(expectations, {
    expects,
    asWritten: true,
    ...traits,
  });
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number): z.ZodInt {
  const expects =
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${min}`
      : `a whole number from ${min} to ${max}`;
  return z.int().min(min).max(max).register(expectations, { expects });
}

/** A problem of something below the checked value. */
interface ProblemBelow extends Problem {
  readonly path?: readonly (string | number)[] | undefined;
}

/** A zod check that reports Problems, their hints in `params`. */
export function problemsOf<T>(
  check: (value: T) => ProblemBelow | readonly ProblemBelow[] | undefined,
): z.core.CheckFn<T> {
  return (context) => {
    for (const { message, hint, path = [] } of [check(context.value) ?? []].flat()) {
      const params = { problem: true, hint };
      context.issues.push({
        code: "custom",
        message,
        path: [...path],
        params,
        continue: true,
        input: context.value,
      });
    }
  };
}

/** The schema node that judges the value at a path; undefined if the path does not exist. */
function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = unwrap(root);
  for (const part of path) {
    schema = schema && step(schema, part);
    if (!schema) return undefined;
  }
  return schema;
}

/** The expectation at a path; empty if none is registered. */
export function expectationAt(root: z.core.$ZodType, path: Path): Expectation {
  const schema = schemaAt(root, path);
  return (schema && expectations.get(schema)) ?? {};
}

/** The keys that a map at this path may have. Empty if it takes any key. */
export function keysAt(root: z.core.$ZodType, path: Path): string[] {
  const definition = definitionOf(schemaAt(root, path));
  return definition?.type === "object" ? Object.keys(definition.shape) : [];
}

function definitionOf(schema: z.core.$ZodType | undefined) {
  return schema && (schema as z.core.$ZodTypes)._zod.def;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  switch (definition.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "readonly":
      return unwrap(definition.innerType);
    case "pipe":
      return unwrap(definition.in);
    default:
      return schema;
  }
}

function step(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  switch (definition.type) {
    case "object": {
      const child = Object.hasOwn(definition.shape, part) ? definition.shape[part] : undefined;
      return child && unwrap(child);
    }
    case "record":
      return unwrap(definition.valueType);
    case "array":
      return typeof part === "number" ? unwrap(definition.element) : undefined;
    case "union":
      return definition.options
        .map((option) => step(unwrap(option), part))
        .find((found) => found !== undefined);
    default:
      return undefined;
  }
}
