import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { schemaFiles } from "../../scripts/schemas.ts";

describe("the published JSON Schemas", () => {
  it.each([...schemaFiles()])(
    "%s is what the program itself checks (npm run build writes it)",
    (name, text) => {
      expect(readFileSync(join("schema", name), "utf8")).toBe(text);
    },
  );
});
