import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { Assignment } from "../../../../src/authoring/edit/assignment.ts";
import { editManifest } from "../../../../src/authoring/edit/edit-manifest.ts";

const MANIFEST = `# head
pattern: x   # why
image: "a:1"  # pinned
environment: { TZ: Europe/Oslo }
networks:
  - a
  - b  # second
values:
    # about v
    v: 1
# tail
quadlet:
  Container:
    AddCapability: [NET_ADMIN]`;

/** The lines that an edit takes away and adds. */
function difference(path: Assignment["path"], value: unknown, text = MANIFEST): string {
  const edited = editManifest(text, [{ path, value }]) ?? "refused";
  const [before, after] = [text.split("\n"), edited.trimEnd().split("\n")];
  const gone = before.filter((line) => !after.includes(line)).map((line) => `-${line}`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `+${line}`);
  return [...gone, ...come].join("\n");
}

describe("an edit of a manifest", () => {
  test.each<[Assignment["path"], unknown, string]>([
    [["image"], "b:2", `-image: "a:1"  # pinned\n+image: b:2  # pinned`],
    [["hostname"], "a.org", "+hostname: a.org"],
    [
      ["environment", "LEVEL"],
      "1.10",
      `-environment: { TZ: Europe/Oslo }\n+environment: { TZ: Europe/Oslo, LEVEL: "1.10" }`,
    ],
    [["networks"], ["q", "r"], "-  - a\n-  - b  # second\n-networks:\n+networks: [q, r]"],
    [["values", "w"], true, "+    w: true"],
    [["values", "v"], 2, "-    v: 1\n+    v: 2"],
    [["health", "cmd"], "a || b # x", `+health:\n+  cmd: "a || b # x"`],
    [["quadlet", "Service", "Nice"], "5", `+  Service:\n+    Nice: "5"`],
  ])("sets %j and touches no other line", (path, value, expected) => {
    const sort = (text: string) => text.split("\n").toSorted().join("\n");
    expect(sort(difference(path, value))).toBe(sort(expected));
  });

  test("sets or adds one entry of a list", () => {
    expect(parse(editManifest(MANIFEST, [{ path: ["networks", 1], value: "z" }]) ?? "").networks).toEqual([
      "a",
      "z",
    ]);
    expect(parse(editManifest(MANIFEST, [{ path: ["networks", 2], value: "z" }]) ?? "").networks).toEqual([
      "a",
      "b",
      "z",
    ]);
  });

  test("makes a manifest from nothing", () => {
    expect(editManifest("", [{ path: ["pattern"], value: "x" }])).toBe("pattern: x\n");
    expect(editManifest("# only a comment\n", [{ path: ["values", "a"], value: 1 }])).toBe(
      "# only a comment\nvalues:\n  a: 1\n",
    );
  });

  test("removes keys with their lines, and maps that become empty", () => {
    const without = (...paths: Assignment["path"][]) => editManifest(MANIFEST, [], paths);
    expect(without(["image"])).toBe(MANIFEST.replace(/^image.*\n/m, ""));
    expect(without(["environment", "TZ"])).toBe(MANIFEST.replace(/^environment.*\n/m, ""));
    expect(parse(without(["values", "v"]) ?? "")).not.toHaveProperty("values");
    expect(without(["nothing"])).toBe(MANIFEST);
  });

  test.each<[string, Assignment["path"]]>([
    ["- a\n- b\n", ["image"]],
    ["image: [unclosed\n", ["image"]],
    ["image: a\n", ["image", "name"]],
    ["networks: [a]\n", ["networks", 5]],
  ])("refuses %j because %j has no place in it", (text, path) => {
    expect(editManifest(text, [{ path, value: "x" }])).toBeUndefined();
  });
});

const key = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_.-]{0,8}$/);
const odd = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom(
    "a\nb",
    "\t",
    "%h $HOME",
    'it\'s "so"',
    "[x]",
    "- x",
    "# c",
    "a: b",
    "🙂",
    "null",
    "1e3",
    "~",
    "",
  ),
  fc.constant("[x] %h 🙂\n".repeat(1_000)),
);
const scalar = fc.oneof(odd, fc.integer(), fc.boolean());
const map = fc.dictionary(key, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), {
  maxKeys: 4,
  noNullPrototype: true,
});

test("any value is stored at its path as it was given, and nothing else changes", () => {
  const value = fc.oneof(scalar, fc.array(odd, { maxLength: 4 }));
  fc.assert(
    fc.property(map, map, key, key, value, fc.boolean(), (top, values, name, below, given, block) => {
      const before: Record<string, unknown> = { ...top, values };
      const flow = Object.entries(before)
        .map(([name, content]) => `${JSON.stringify(name)}: ${JSON.stringify(content)} # why\n`)
        .join("");
      const text = block ? stringify(before) : flow;
      const edited = editManifest(text, [
        { path: ["values", below], value: given },
        { path: [`x-${name}`], value: given },
      ]);
      expect(parse(edited ?? "")).toEqual({
        ...before,
        values: { ...values, [below]: given },
        [`x-${name}`]: given,
      });
    }),
  );
});
