import * as z from "zod";
import { documentSchema, networksSchema, patternSchema } from "../src/manifest/index.ts";
import { settingsSchema } from "../src/model/settings.ts";

const TITLES = {
  manifest: "A quadgate instance, or a stack of some: desired-state/<name>.yaml",
  networks: "Shared networks: desired-state/networks.yaml",
  pattern: "A quadgate pattern: patterns/<name>.yaml",
  settings: "quadgate's settings: config.yaml, quadgate.yaml",
} as const;

/** JSON Schemas of the files that people write, by file name, for editors to complete and check. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const schemas = {
    manifest: documentSchema,
    networks: networksSchema,
    pattern: patternSchema,
    settings: settingsSchema,
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      const document = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
      const title = TITLES[name as keyof typeof TITLES];
      return [`${name}.schema.json`, `${JSON.stringify({ title, ...document }, null, 2)}\n`];
    }),
  );
}
