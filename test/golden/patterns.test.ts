import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderExample } from "../support/examples.ts";
import { findGenerator } from "../support/generator.ts";
import { expectGenerated, expectGolden } from "../support/golden.ts";
import { CONTEXT, state } from "../unit/render/builder.ts";

/** `patterns/<pattern>/<example>/expected` is what the example of that name must render to, its companions too. */
const FOLDER = join(import.meta.dirname, "patterns");
const patterns = [...state([]).patterns.values()];
const generator = findGenerator();

test.each(patterns)("the pattern $name has two examples or more, each with its own name", ({ examples }) => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  expect(new Set(examples.map(({ name }) => name)).size).toBe(examples.length);
});

describe.each(patterns)("the pattern $name", ({ name: pattern, examples }) => {
  test.each(examples)("renders its example $name to the expected files", (example) => {
    expectGolden(join(FOLDER, pattern, example.name, "expected"), renderExample(example, CONTEXT).units);
  });

  test.skipIf(generator === undefined).each(examples)(
    "renders units for $name that podman's generator takes",
    (example) => expectGenerated(generator ?? "", renderExample(example, CONTEXT).units),
  );
});

test("the expected files of patterns belong to examples that exist", () => {
  const folders = readdirSync(FOLDER).flatMap((pattern) =>
    readdirSync(join(FOLDER, pattern)).map((example) => `${pattern}/${example}`),
  );
  const known = patterns.flatMap(({ name, examples }) =>
    examples.map((example) => `${name}/${example.name}`),
  );
  expect(existsSync(FOLDER) && folders.toSorted()).toEqual(known.toSorted());
});
