import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readDesiredState } from "../../src/manifest/index.ts";
import type { PatternExample } from "../../src/model/pattern.ts";
import type { Unit } from "../../src/model/unit.ts";
import { renderUnits } from "../../src/render/index.ts";
import { findGenerator } from "../support/generator.ts";
import { expectGenerated, expectGolden } from "../support/golden.ts";
import { CONTEXT, SHIPPED, state } from "../unit/render/builder.ts";

/** `patterns/<pattern>/<example>/expected` is what the example of that name must render to, its companions too. */
const FOLDER = join(import.meta.dirname, "patterns");
const patterns = [...state([]).patterns.values()];
const generator = findGenerator();

/** Reads the manifests as if they stood in a repository. */
function render(example: PatternExample): readonly Unit[] {
  const manifests = [example, ...example.companions].map(
    ({ name, manifest }) => [`desired-state/${name}.yaml`, stringify(manifest)] as const,
  );
  const tree = { revision: null, files: new Map(manifests) };
  const desired = readDesiredState(tree, SHIPPED, { host: "test" });
  const rendered = renderUnits(desired, CONTEXT);
  expect([...desired.issues, ...rendered.issues]).toEqual([]);
  return rendered.units;
}

test.each(patterns)("$name has two examples or more, each of its own name", ({ examples }) => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  expect(new Set(examples.map(({ name }) => name)).size).toBe(examples.length);
});

describe.each(patterns)("$name", ({ name: pattern, examples }) => {
  test.each(examples)("renders its example $name as expected, file by file", (example) => {
    expectGolden(join(FOLDER, pattern, example.name, "expected"), render(example));
  });

  test.skipIf(generator === undefined).each(examples)(
    "renders units for $name that podman's generator takes",
    (example) => expectGenerated(generator ?? "", render(example)),
  );
});

test("the expected files are those of examples that exist", () => {
  const folders = readdirSync(FOLDER).flatMap((pattern) =>
    readdirSync(join(FOLDER, pattern)).map((example) => `${pattern}/${example}`),
  );
  const known = patterns.flatMap(({ name, examples }) =>
    examples.map((example) => `${name}/${example.name}`),
  );
  expect(existsSync(FOLDER) && folders.toSorted()).toEqual(known.toSorted());
});
