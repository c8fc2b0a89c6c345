import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { schemaFiles } from "../../scripts/schemas.ts";
import { accepts } from "../support/json-schema.ts";
import { state } from "./render/builder.ts";

describe("the published JSON Schemas", () => {
  it.each([...schemaFiles()])(
    "contain in %s what the program itself checks (npm run build writes it)",
    (name, text) => {
      expect(readFileSync(join("schema", name), "utf8")).toBe(text);
    },
  );
});

describe("the JSON Schema of manifests", () => {
  const schema = JSON.parse(schemaFiles().get("manifest.schema.json") ?? "{}") as Record<string, unknown>;
  const takes = (manifest: string) => accepts(schema, parse(manifest));
  const patterns = [...state([]).patterns.values()];

  it.each(patterns)("accepts the examples of $name, and refuses an unknown value", (pattern) => {
    for (const { manifest } of pattern.examples) {
      expect(accepts(schema, manifest)).toBe(true);
      const values = (manifest.values ?? {}) as Record<string, unknown>;
      expect(accepts(schema, { ...manifest, values: { ...values, noSuchParameter: 1 } })).toBe(false);
    }
  });

  it.each([
    ["a parameter of the wrong type", "{ pattern: database-service, values: { maxConnections: many } }"],
    ["an integer out of bounds", "{ pattern: database-service, values: { maxConnections: 1 } }"],
    ["an enum's value that is none", "{ pattern: cache-service, values: { variant: sqlite } }"],
    ["a missing key that the pattern requires", "{ pattern: reverse-proxy-backend, image: a, port: 80 }"],
    ["a wrong value in a stack", "{ services: { db: { pattern: cache-service, values: { variant: x } } } }"],
    ["a key that manifests do not have", "{ pattern: cache-service, memry: 1G }"],
  ])("refuses %s", (_what, manifest) => {
    expect(takes(manifest)).toBe(false);
  });

  it.each([
    ["any values of a pattern that is not shipped", "{ pattern: own, values: { x: 1 } }"],
    [
      "an entry whose required keys may be shared",
      "{ shared: { port: 80 }, services: { a: { pattern: public-site } } }",
    ],
  ])("accepts %s", (_what, manifest) => {
    expect(takes(manifest)).toBe(true);
  });
});
