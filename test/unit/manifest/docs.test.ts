import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  ISSUE_CODES,
  manifestSchema,
  networksSchema,
  readDesiredState,
} from "../../../src/manifest/index.ts";
import { SECTION_KEYS } from "../../../src/manifest/quadgate-section.ts";
import { formatIssue } from "../../../src/model/issue.ts";
import { HOST_ONLY_SETTINGS } from "../../../src/model/settings-schema.ts";
import { linesOf, read, treeOf } from "./support.ts";

/** The page with the padding of its tables removed. */
const page = readFileSync(new URL("../../../docs/manifests.md", import.meta.url), "utf8").replaceAll(
  /^\|.*$/gm,
  (row) => row.replaceAll(/ +\|/g, " |"),
);

/** The text between a heading and the next one of its rank. */
function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
}

/** First cells of the table rows of a section, code marks removed. */
function firstCells(heading: string): string[] {
  return [...section(heading).matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? "");
}

/** Indented blocks of a section as text. */
function examples(heading: string): string[] {
  const blocks = section(heading).match(/(?:^ {4}.*\n)+/gm) ?? [];
  return blocks.map((block) => block.replaceAll(/^ {4}/gm, ""));
}

describe("the page docs/manifests.md", () => {
  it("lists every key of a manifest, and no other", () => {
    expect(firstCells("Keys")).toEqual(Object.keys(manifestSchema.shape));
  });

  it("lists every key of [X-Quadgate] with the manifest's key", () => {
    const [, part = ""] = section("Raw Quadlets").split("### What a raw Quadlet tells quadgate");
    const rows = [...part.matchAll(/^\| `(\w+)` \| `([\w.]+)` \|/gm)].map(([, key, is]) => [key, is]);
    expect(rows).toEqual([...SECTION_KEYS]);
  });

  it("lists every issue code with its meaning", () => {
    const rows = Object.entries(ISSUE_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
    expect(section("Errors")).toContain(rows.join("\n"));
    expect(firstCells("Errors")).toEqual(Object.keys(ISSUE_CODES));
  });

  it("names every setting that only the host may set", () => {
    const text = section("quadgate.yaml");
    expect(HOST_ONLY_SETTINGS.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });

  it("shows networks that are valid, with all their keys", () => {
    const [text = ""] = examples("networks.yaml");
    expect(linesOf(read({ "desired-state/networks.yaml": text }))).toEqual([]);
    const accepted = firstCells("networks.yaml").filter(
      (key) =>
        !networksSchema.safeParse({ a: { [key]: Symbol() } }).error?.message.includes("unrecognized_keys"),
    );
    expect(accepted).toEqual(["subnet", "gateway", "internal", "ipv6", "dns"]);
  });

  it("shows a stack that is valid", () => {
    const [text = ""] = examples("Stacks");
    const state = read({ "desired-state/media.yaml": text });
    expect(linesOf(state).filter((line) => !line.includes("there is no pattern"))).toEqual([]);
    expect(text.match(/^ {2}\w+:$/gm)).toHaveLength(3);
  });

  it("shows manifest parts that are valid", () => {
    const parts = examples("Keys");
    expect(parts).toHaveLength(2);
    for (const part of parts) {
      expect(linesOf(read({ "desired-state/x.yaml": `pattern: web\n${part}` }))).toEqual([]);
    }
  });

  it("shows errors as quadgate prints them", () => {
    const [manifest = "", printed] = examples("Errors");
    const name = "reverse-proxy-backend.yaml";
    const pattern = readFileSync(new URL(`../../../patterns/${name}`, import.meta.url), "utf8");
    const shipped = { patterns: new Map([[name, pattern]]), templates: new Map<string, string>() };
    const state = readDesiredState(treeOf({ "desired-state/web.yaml": manifest }), shipped, { host: "htpc" });
    expect(`${state.issues.map(formatIssue).join("\n")}\n`).toBe(printed);
  });
});
