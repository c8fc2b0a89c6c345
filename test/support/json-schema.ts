type Schema = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly Schema[] => (Array.isArray(value) ? (value as Schema[]) : []);

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (Number.isInteger(value)) return ["integer", "number"];
  return [typeof value];
}

/** The keywords of JSON Schema that ours use; another one in a schema is an error, lest it goes unchecked. */
const KEYWORDS: Readonly<
  Record<string, (operand: unknown, value: unknown, root: Schema, schema: Schema) => boolean>
> = {
  type: (types, value) => [types].flat().some((type) => typeOf(value).includes(String(type))),
  enum: (values, value) => (values as readonly unknown[]).includes(value),
  const: (constant, value) => value === constant,
  pattern: (source, value) => typeof value !== "string" || new RegExp(String(source), "u").test(value),
  minimum: (bound, value) => typeof value !== "number" || value >= Number(bound),
  maximum: (bound, value) => typeof value !== "number" || value <= Number(bound),
  minItems: (length, value) => !Array.isArray(value) || value.length >= Number(length),
  required: (keys, value) => !isMap(value) || (keys as string[]).every((key) => Object.hasOwn(value, key)),
  properties: (properties, value, root) =>
    !isMap(value) ||
    Object.entries(properties as Schema).every(
      ([key, schema]) => !Object.hasOwn(value, key) || accepts(schema, value[key], root),
    ),
  additionalProperties: (schema, value, root, { properties = {} }) =>
    !isMap(value) ||
    Object.entries(value).every(
      ([key, entry]) => Object.hasOwn(properties as Schema, key) || accepts(schema, entry, root),
    ),
  propertyNames: (schema, value, root) =>
    !isMap(value) || Object.keys(value).every((key) => accepts(schema, key, root)),
  items: (schema, value, root) => !Array.isArray(value) || value.every((item) => accepts(schema, item, root)),
  anyOf: (schemas, value, root) => listOf(schemas).some((schema) => accepts(schema, value, root)),
  allOf: (schemas, value, root) => listOf(schemas).every((schema) => accepts(schema, value, root)),
  if: (condition, value, root, { then = true }) =>
    !accepts(condition, value, root) || accepts(then, value, root),
  $ref: (reference, value, root) => accepts(resolve(String(reference), root), value, root),
};

const SILENT = ["then", "title", "description", "default", "examples", "$schema", "$defs"];

function resolve(reference: string, root: Schema): unknown {
  const path = decodeURIComponent(reference).replace(/^#\//, "").split("/");
  return path.reduce<unknown>((schema, key) => (isMap(schema) ? schema[key] : undefined), root);
}

/** Whether a JSON Schema accepts a value. */
export function accepts(schema: unknown, value: unknown, root: Schema = schema as Schema): boolean {
  if (typeof schema === "boolean") return schema;
  if (!isMap(schema)) throw new Error("a reference leads nowhere");
  return Object.entries(schema).every(([keyword, operand]) => {
    const check = KEYWORDS[keyword];
    if (check === undefined && !SILENT.includes(keyword)) throw new Error(`unknown keyword ${keyword}`);
    return check === undefined || check(operand, value, root, schema);
  });
}
