import * as z from "zod";
import { driftReportSchema } from "../model/drift-schema.ts";
import type { Parameter, Pattern } from "../model/pattern.ts";
import { settingsSchema } from "../model/settings-schema.ts";
import { networksSchema } from "./networks.ts";
import { patternSchema } from "./pattern-schema.ts";
import { documentSchema } from "./stack-schema.ts";

type Schema = z.core.JSONSchema.BaseSchema;

const FILES = {
  manifest: {
    title: "A quadgate instance, or a stack of instances: desired-state/<name>.yaml",
    schema: documentSchema,
  },
  networks: { title: "Shared networks: desired-state/networks.yaml", schema: networksSchema },
  pattern: { title: "A quadgate pattern: patterns/<name>.yaml", schema: patternSchema },
  settings: { title: "quadgate's settings: config.yaml, quadgate.yaml", schema: settingsSchema },
  drift: { title: "What `quadgate drift --output json` prints", schema: driftReportSchema },
} as const;

export type SchemaName = keyof typeof FILES;

export const SCHEMA_NAMES = Object.keys(FILES) as SchemaName[];

/**
 * The JSON Schema of a file that people write or read, for editors to complete and check. The schema of
 * manifests knows the `values` of these patterns; a manifest of another pattern may have any.
 */
export function jsonSchema(name: SchemaName, patterns: ReadonlyMap<string, Pattern>): Schema {
  const { title, schema } = FILES[name];
  const document = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return { title, ...(name === "manifest" ? withPatterns(document, [...patterns.values()]) : document) };
}

/** Adds what each pattern takes to the two places of a manifest: its own file, and an entry of a stack. */
function withPatterns(document: Schema, patterns: readonly Pattern[]): Schema {
  const [manifest, stack] = document.anyOf ?? [];
  const services = stack && asSchema(asSchema(stack).properties?.services);
  const entry = services && asSchema(services.additionalProperties);
  if (manifest === undefined || entry === undefined)
    throw new Error("manifests are no longer a choice of two");
  const whole = conditions(asSchema(manifest), patterns, "whole");
  const entries = { ...services, additionalProperties: conditions(entry, patterns, "part") };
  const stackProperties = { ...asSchema(stack).properties, services: entries };
  const definitions = patterns.map((pattern) => [definitionName(pattern), valuesSchema(pattern)]);
  return {
    ...document,
    anyOf: [whole, { ...asSchema(stack), properties: stackProperties }],
    $defs: { ...document.$defs, ...Object.fromEntries(definitions) },
  };
}

function asSchema(schema: unknown): Schema {
  return typeof schema === "object" && schema !== null ? (schema as Schema) : {};
}

const definitionName = ({ name }: Pattern): string => `values of ${name}`;

/** An entry of a stack may leave required keys of a manifest to `shared`. */
function conditions(manifest: Schema, patterns: readonly Pattern[], extent: "whole" | "part"): Schema {
  const names = patterns.map(({ name }) => name);
  const pattern = {
    ...asSchema(manifest.properties?.pattern),
    anyOf: [{ enum: names }, { type: "string" as const }],
  };
  return {
    ...manifest,
    properties: { ...manifest.properties, pattern },
    allOf: patterns.map((one) =>
      conditional(
        { properties: { pattern: { const: one.name } }, required: ["pattern"] },
        consequence(one, extent),
      ),
    ),
  };
}

/** JavaScript would take an object literal with this key for a promise. */
const THEN = "then";

function conditional(condition: Schema, result: Schema): Schema {
  return { if: condition, [THEN]: result };
}

function consequence(pattern: Pattern, extent: "whole" | "part"): Schema {
  const needed = Object.entries(pattern.parameters).flatMap(([name, { required }]) =>
    required ? [name] : [],
  );
  const reference = { $ref: `#/$defs/${definitionName(pattern).replaceAll(" ", "%20")}` };
  const roots = pattern.required.map((key) => key.split(".")[0] ?? key);
  if (extent === "part") return { properties: { values: reference } };
  const values = needed.length === 0 ? reference : { allOf: [reference, { required: needed }] };
  const required = [...new Set([...roots, ...(needed.length === 0 ? [] : ["values"])])];
  return { properties: { values }, ...(required.length === 0 ? {} : { required }) };
}

function valuesSchema({ parameters, title }: Pattern): Schema {
  const properties = Object.entries(parameters).map(([name, parameter]) => [
    name,
    parameterSchema(parameter),
  ]);
  return {
    description: `Parameters of the pattern ${title}.`,
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function parameterSchema(parameter: Parameter): Schema {
  const { description, default: preset, example } = parameter;
  return {
    description,
    ...typeSchema(parameter),
    ...(preset === undefined ? {} : { default: preset }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

/** Text may be a number, as in `version: 16`. */
function typeSchema({ type, values = [], min, max, match }: Parameter): Schema {
  switch (type) {
    case "enum":
      return { enum: values.flatMap((value) => (/^\d+$/.test(value) ? [value, Number(value)] : [value])) };
    case "integer":
      return {
        type: "integer",
        ...(min === undefined ? {} : { minimum: min }),
        ...(max === undefined ? {} : { maximum: max }),
      };
    case "boolean":
      return { type: "boolean" };
    case "string":
      return {
        anyOf: [
          { type: "string", ...(match === undefined ? {} : { pattern: `^(?:${match})$` }) },
          { type: "number" },
          { type: "boolean" },
        ],
      };
    default:
      return { type: "string" };
  }
}
