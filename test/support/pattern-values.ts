import fc from "fast-check";
import { stringify } from "yaml";
import { CONTROL_CHARACTERS } from "../../src/manifest/yaml-problems.ts";
import type { Parameter, Pattern, PatternExample } from "../../src/model/pattern.ts";
import { state } from "../unit/render/builder.ts";

const PATTERNS = state([]).patterns;

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
  "x".repeat(10_000),
];

const odd = fc.array(fc.constantFrom(...ODD), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));

const folder = fc.tuple(fc.constantFrom("~/", "/", "/srv/"), odd).map(([start, rest]) => start + rest);

const text = fc
  .oneof(odd, fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }))
  .filter((value) => !CONTROL_CHARACTERS.any.test(value));

/** Values that a parameter takes, by its own description. */
export function valuesOf(parameter: Parameter): fc.Arbitrary<unknown> {
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
      return match === undefined ? text : fc.stringMatching(new RegExp(`^(?:${match})$`), { maxLength: 60 });
  }
}

/** Some of a pattern's parameters with values, as a manifest may have them. */
export function someValues({ parameters }: Pattern): fc.Arbitrary<Record<string, unknown>> {
  const all = Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, valuesOf(parameter)]),
  );
  const required = Object.keys(parameters).filter((name) => parameters[name]?.required);
  return fc.record(all, { requiredKeys: required });
}

type Manifest = Readonly<Record<string, unknown>>;

/** The same with another name in every text where it stands as a word; keys stay. */
function renamed(data: unknown, from: string, to: string): unknown {
  if (typeof data === "string") return data.replace(new RegExp(`\\b${from}\\b`, "g"), to);
  if (Array.isArray(data)) return data.map((entry) => renamed(entry, from, to));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, entry]) => [key, renamed(entry, from, to)]));
}

/** A pattern and what it lets one choose may be called like the example. */
function renamedManifest(manifest: Manifest, from: string, to: string): Record<string, unknown> {
  const parameters = PATTERNS.get(String(manifest.pattern))?.parameters ?? {};
  const values = Object.entries((manifest.values ?? {}) as object).map(([key, value]) => [
    key,
    parameters[key]?.type === "enum" ? value : renamed(value, from, to),
  ]);
  const { pattern } = manifest;
  return { ...(renamed(manifest, from, to) as Manifest), pattern, values: Object.fromEntries(values) };
}

/** For each set of values an example with these, called `i0`, `i1`, ..., and its companions, all under names of their own. */
export function manifestsOf(
  { name: from, manifest, companions }: PatternExample,
  sets: readonly Manifest[],
): ReadonlyMap<string, string> {
  const files = sets.flatMap((values, index) => {
    const name = `i${index}`;
    const { values: usual, ...base } = renamedManifest(manifest, from, name);
    const hostname = "hostname" in base ? { hostname: `${name}.example.org` } : {};
    const own = { ...base, ...hostname, values: { ...(usual as object), ...values } };
    const others = companions.map(
      (one) => [String(renamed(one.name, from, name)), renamedManifest(one.manifest, from, name)] as const,
    );
    return [[name, own] as const, ...others];
  });
  return new Map(files.map(([name, content]) => [`desired-state/${name}.yaml`, stringify(content)]));
}

/** What a value may still meet once it is known where it goes: what no unit file can hold, or what it needs besides. */
export const REFUSALS = [
  "key-missing",
  "value-invalid",
  "value-unrepresentable",
  "values-refused",
  "storage-conflict",
];
