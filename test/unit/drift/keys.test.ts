import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROWS } from "../../../src/drift/fields/all-fields.ts";
import { KEY_ROWS, type KeyRow } from "../../../src/drift/keys.ts";

/**
 * What podman 5.8.6's generator takes, section by section: every word of its binary was put into a unit as a key, and
 * these are the ones that it did not call unsupported. [Service] is what `systemd --dump-configuration-items` of systemd
 * 257 and 262 lists for slices, which have nothing but settings of the cgroup.
 */
const KNOWN: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures", "known-keys.json"), "utf8"),
);
/** Fields of a unit with a service that have no row in a table of fields. */
const OF_ALL = ["made-from", "loaded", "state"];

function tableOf({ section, key, field, live, why }: KeyRow): string {
  return `| \`${section}.${key}\` | \`${field}\` | ${live ?? `not observable: ${why}`} |`;
}

describe("the table of keys", () => {
  test.each(Object.entries(KNOWN))(
    "has every key of [%s] that podman and systemd know, and no other",
    (section, keys) => {
      const listed = KEY_ROWS.filter((row) => row.section === section).map(({ key }) => key);
      expect(listed.sort()).toEqual(keys.split(" ").sort());
    },
  );

  test("contains each key once", () => {
    const names = KEY_ROWS.map(({ section, key }) => `${section}.${key}`);
    expect(names.length).toBe(new Set(names).size);
  });

  test.each([
    ["Container", "container"],
    ["Pod", "pod"],
    ["Network", "network"],
    ["Volume", "volume"],
    ["Kube", "kube"],
    ["Image", "image"],
    ["Build", "build"],
    ["Service", "container"],
  ] as const)("names fields that a unit with [%s] has", (section, kind) => {
    const fields = new Set([...ROWS[kind].map(({ name }) => name), ...OF_ALL]);
    const unknown = KEY_ROWS.filter((row) => row.section === section && !fields.has(row.field));
    expect(unknown).toEqual([]);
  });

  test("gives a reason for every key that is not compared with the live object", () => {
    expect(KEY_ROWS.filter(({ live, why }) => (live === undefined) !== why.length > 0)).toEqual([]);
  });

  test("matches the table in docs/drift-keys.md", () => {
    const lines = readFileSync("docs/drift-keys.md", "utf8").split("\n");
    expect(lines.filter((line) => line.startsWith("| `"))).toEqual(KEY_ROWS.map(tableOf));
  });
});
