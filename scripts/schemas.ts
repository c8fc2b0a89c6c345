import { jsonSchema, SCHEMA_NAMES } from "../src/manifest/index.ts";
import { shippedPatterns } from "./pattern-docs.ts";

/** JSON Schemas of the files that people write, by file name, for editors to complete and check. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const patterns = shippedPatterns();
  return new Map(
    SCHEMA_NAMES.map((name) => [
      `${name}.schema.json`,
      `${JSON.stringify(jsonSchema(name, patterns), null, 2)}\n`,
    ]),
  );
}
