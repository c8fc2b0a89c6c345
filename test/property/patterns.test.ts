import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { readDesiredState } from "../../src/manifest/index.ts";
import { CONTROL_CHARACTERS } from "../../src/manifest/yaml-problems.ts";
import type { Parameter, Pattern } from "../../src/model/pattern.ts";
import { renderUnits } from "../../src/render/index.ts";
import { findGenerator, runGenerator } from "../support/generator.ts";
import { CONTEXT, SHIPPED, state } from "../unit/render/builder.ts";

const generator = findGenerator();
const patterns = [...state([]).patterns.values()];

/** Pieces that unit files, shells and Liquid give a meaning to; a folder's name may hold any of them. */
const ODD = [
  " ",
  "%",
  "%%",
  "$HOME",
  '"',
  "'",
  "\\",
  ";",
  "#",
  "[x]",
  "=",
  ",",
  "{{ image }}",
  "é",
  "🦊",
  "a",
  "B",
  "0",
];

const folder = fc
  .tuple(
    fc.constantFrom("~/", "/", "/srv/"),
    fc.array(fc.constantFrom(...ODD), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
  )
  .map(([start, rest]) => start + rest);

/** Values that a parameter takes, by its own description. */
function valuesOf(parameter: Parameter): fc.Arbitrary<unknown> {
  const { type, values = [], min = -1000, max = 1_000_000, match } = parameter;
  switch (type) {
    case "enum":
      return fc.constantFrom(...values);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min, max });
    case "size":
      return fc
        .tuple(fc.integer({ min: 1, max: 4096 }), fc.constantFrom("M", "G"))
        .map(([n, unit]) => `${n}${unit}`);
    case "duration":
      return fc
        .tuple(fc.integer({ min: 1, max: 600 }), fc.constantFrom("s", "m"))
        .map(([n, unit]) => `${n}${unit}`);
    case "path":
      return folder;
    case "secret":
      return fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,30}$/);
    case "string":
      return match === undefined
        ? fc
            .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
            .filter((text) => !CONTROL_CHARACTERS.any.test(text))
        : fc.stringMatching(new RegExp(`^(?:${match})$`), { maxLength: 60 });
  }
}

/** Some of a pattern's parameters with values, as a manifest may have them. */
function someValues({ parameters }: Pattern): fc.Arbitrary<Record<string, unknown>> {
  const all = Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, valuesOf(parameter)]),
  );
  const required = Object.keys(parameters).filter((name) => parameters[name]?.required);
  return fc.record(all, { requiredKeys: required });
}

/** For each set of values the pattern's first example with these, and its companions, all under names of their own. */
function manifestsOf(
  pattern: Pattern,
  sets: readonly Record<string, unknown>[],
): ReadonlyMap<string, string> {
  const [example] = pattern.examples;
  if (example === undefined) return new Map();
  const files = sets.flatMap((values, index) => {
    const renamed = (text: string) => text.replaceAll(example.name, `i${index}`);
    /** A pattern may be called like the example. */
    const copy = (manifest: Readonly<Record<string, unknown>>) => ({
      ...(parse(renamed(stringify(manifest))) as Record<string, unknown>),
      pattern: manifest.pattern,
    });
    const { values: usual, ...base }: Record<string, unknown> = copy(example.manifest);
    const hostname = "hostname" in base ? { hostname: `i${index}.example.org` } : {};
    const own = stringify({ ...base, ...hostname, values: { ...(usual as object), ...values } });
    const others = example.companions.map(
      ({ name, manifest }) => [renamed(name), stringify(copy(manifest))] as const,
    );
    return [[`i${index}`, own] as const, ...others];
  });
  return new Map(files.map(([name, text]) => [`desired-state/${name}.yaml`, text]));
}

/** What a value may still meet once it is known where it goes: what no unit file can hold, or what it needs besides. */
const REFUSALS = [
  "key-missing",
  "value-invalid",
  "value-unrepresentable",
  "values-refused",
  "storage-conflict",
];

describe.skipIf(generator === undefined).each(patterns)("$name", (pattern) => {
  test("renders, with any valid values, to what podman's generator takes, or says why not", () => {
    let rendered = 0;
    fc.assert(
      fc.property(fc.array(someValues(pattern), { minLength: 6, maxLength: 6 }), (sets) => {
        // The example as it is goes along: it must render whatever the others are.
        const tree = { revision: null, files: manifestsOf(pattern, [{}, ...sets]) };
        const desired = readDesiredState(tree, SHIPPED, { host: "test" });
        expect(desired.issues).toEqual([]);
        const { units, issues } = renderUnits(desired, CONTEXT);
        expect(issues.filter(({ code }) => !REFUSALS.includes(code))).toEqual([]);
        const shown = units.filter(({ kind }) => kind !== "file");
        const run = runGenerator(generator ?? "", shown);
        expect(run.errors).toEqual([]);
        expect(run.services.size).toBe(shown.length);
        rendered += new Set(units.flatMap(({ instance }) => (/^i\d$/.test(instance) ? [instance] : []))).size;
      }),
      { numRuns: 6 },
    );
    expect(rendered).toBeGreaterThan(0);
  });
});
