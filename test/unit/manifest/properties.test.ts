import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseManifestSize, parseManifestSize } from "../../../src/lib/size.ts";
import { readRepositorySettings } from "../../../src/manifest/index.ts";
import { issuesOf, linesOf, namesOf, read, treeOf } from "./support.ts";

/** A manifest without errors: the lines of its keys. */
const LINES = [
  "pattern: web",
  "image: redis:7",
  "hostname: a.example.org",
  "port: 80",
  "memory: 1G",
  "memoryHigh: 512M",
  "environment: { A: b }",
  "secrets: []",
  "volumes: [a:/a]",
  "networks: [a]",
  "devices: []",
  "publish: [80]",
  "labels: {}",
  "command: [a]",
  "health: { cmd: x }",
  "route: { access: none }",
  "values: { workers: 1 }",
  "dependsOn: []",
  "hosts: [htpc]",
  "files: []",
  "hooks: {}",
  "suspend: false",
  "onDrift: heal",
  "ignoreDrift: []",
  "gate: { block: 1 }",
  "quadlet: {}",
];
const KEYS = LINES.map((line) => line.slice(0, line.indexOf(":")));

/** A key with one letter left out, doubled or replaced; never a key that exists. */
const typo = fc
  .record({
    row: fc.nat(KEYS.length - 1),
    at: fc.nat(20),
    kind: fc.constantFrom("drop", "double", "replace"),
  })
  .map(({ row, at, kind }) => {
    const key = KEYS[row] ?? "";
    const index = at % key.length;
    const letter = { drop: "", double: (key[index] ?? "").repeat(2), replace: "q" }[kind];
    return { row, key, typo: `${key.slice(0, index)}${letter}${key.slice(index + 1)}` };
  })
  .filter(({ typo }) => !KEYS.includes(typo));

/** Text that looks like YAML often enough to get past the parser. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...LINES,
        ...KEYS,
        ": ",
        "- ",
        "\n",
        "  ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "!x ",
        "|\n",
        "#",
        "'",
        '"',
        "\t",
        "---\n",
        "? ",
        "%YAML 1.1\n",
        "null",
        "~",
        "\0",
        "__proto__: ",
        "constructor: ",
        "services: ",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

describe("any text in a manifest", () => {
  it("is read without an exception, and an instance without issues is complete", () => {
    fc.assert(
      fc.property(yamlish, yamlish, fc.string(), (manifest, other, host) => {
        const state = read(
          {
            "desired-state/web.yaml": manifest,
            "desired-state/networks.yaml": other,
            "desired-state/x.container": other,
            "patterns/own.yaml": manifest,
            "patterns/web.yaml": `${other}\n`,
          },
          host,
        );
        expect(namesOf(state).some((name) => state.invalid.has(name))).toBe(false);
        for (const { message, place } of state.issues) {
          expect([message, place?.file]).not.toContain("");
        }
        readRepositorySettings(treeOf({ "quadgate.yaml": manifest }));
      }),
      { numRuns: 200 },
    );
  });

  it("as any value of any key is read without an exception", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), fc.json({ maxDepth: 3 }), (key, value) => {
        linesOf(read({ "desired-state/web.yaml": `pattern: web\n${key}: ${value}\n` }));
      }),
      { numRuns: 200 },
    );
  });

  it("as a file's name is read without an exception", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", ".yaml", ".yml", ".container", ".container.d/x.conf"),
        (stem, end) => {
          const state = read({ [`desired-state/${stem}${end}`]: "pattern: web\n" });
          expect(namesOf(state).every((name) => /^[a-z0-9-]{1,63}$/.test(name))).toBe(true);
        },
      ),
    );
  });
});

describe("a manifest without errors", () => {
  it("stays valid in any order of its keys", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(LINES, { minLength: LINES.length }), (lines) => {
        expect(issuesOf(lines.join("\n"))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("has an issue on the right line for any typo in a key, with the intended key", () => {
    fc.assert(
      fc.property(typo, fc.nat(5), ({ row, key, typo }, blank) => {
        const lines = LINES.map((line, index) => (index === row ? line.replace(key, typo) : line));
        const issues = issuesOf(["# comment".repeat(blank), ...lines].join("\n"));
        const unknown = issues.filter((line) => line.includes("unknown key"));
        expect(unknown).toHaveLength(1);
        expect(unknown[0]).toMatch(new RegExp(`^${row + 2}:1: unknown key "${typo}"`));
        expect(unknown[0]).toContain("did you mean");
      }),
    );
  });
});

describe("dependsOn", () => {
  const graph = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 8, maxLength: 8 });

  it("leaves alone exactly the instances on a circle that was found, and leaves no circle", () => {
    fc.assert(
      fc.property(graph, (edges) => {
        const files = edges.map((targets, index) => [
          `desired-state/n${index}.yaml`,
          `pattern: web\ndependsOn: [${targets.map((target) => `n${target}`).join(", ")}]\n`,
        ]);
        const state = read(Object.fromEntries(files));
        expect(state.invalid.size > 0).toBe(edges.some((_, index) => reaches(edges, index, index)));
        const left = new Set(namesOf(state).map((name) => Number(name.slice(1))));
        const kept = edges.map((targets, index) =>
          left.has(index) ? targets.filter((target) => left.has(target)) : [],
        );
        expect(kept.some((_, index) => reaches(kept, index, index))).toBe(false);
        for (const name of state.invalid)
          expect(reaches(edges, Number(name.slice(1)), Number(name.slice(1)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

/** Whether a path of at least one edge leads from one node to another. */
function reaches(edges: readonly (readonly number[])[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [...(edges[from] ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(edges[next] ?? []));
  }
  return false;
}

it("a size has the same meaning in systemd's spelling", () => {
  const size = fc.record({
    amount: fc.integer({ min: 1, max: 9999 }),
    unit: fc.constantFrom("K", "M", "G", "T", "k", "m", "g", "t"),
    end: fc.constantFrom("", "B", "iB", "b", "ib"),
    gap: fc.constantFrom("", " "),
  });
  fc.assert(
    fc.property(size, ({ amount, unit, end, gap }) => {
      const normal = normaliseManifestSize(`${amount}${gap}${unit}${end}`);
      expect(normal).toMatch(/^\d+[KMGT]$/);
      expect(parseManifestSize(normal)).toBe(parseManifestSize(`${amount}${gap}${unit}${end}`));
    }),
  );
});
