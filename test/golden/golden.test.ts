import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDesiredState } from "../../src/manifest/index.ts";
import type { Unit } from "../../src/model/unit.ts";
import { type RenderContext, renderUnits } from "../../src/render/index.ts";
import { findGenerator } from "../support/generator.ts";
import { expectGenerated, expectGolden } from "../support/golden.ts";
import { CONTEXT, readFolder, SHIPPED } from "../unit/render/builder.ts";

/** A case is a folder: `repository/` is what is rendered, `expected/` what must come out. */
const cases = readdirSync(import.meta.dirname).filter((name) =>
  existsSync(join(import.meta.dirname, name, "repository")),
);
const generator = findGenerator();

function render(folder: string): readonly Unit[] {
  const overrides = join(folder, "context.json");
  const context: RenderContext = {
    ...CONTEXT,
    ...(existsSync(overrides) ? JSON.parse(readFileSync(overrides, "utf8")) : {}),
  };
  const tree = { revision: null, files: readFolder(join(folder, "repository")) };
  const desired = readDesiredState(tree, SHIPPED, { host: "test" });
  const rendered = renderUnits(desired, context);
  expect([...desired.issues, ...rendered.issues]).toEqual([]);
  return rendered.units;
}

describe.each(cases)("the golden example %s", (name) => {
  const folder = join(import.meta.dirname, name);

  test("renders the expected files", () => {
    expectGolden(join(folder, "expected"), render(folder));
  });

  test.skipIf(generator === undefined)("renders only units that podman's generator accepts", () => {
    expectGenerated(generator ?? "", render(folder));
  });
});
