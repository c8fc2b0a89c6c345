import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { patternPages } from "../../../scripts/pattern-docs.ts";
import { ACCESS_MIDDLEWARES } from "../../../src/render/access.ts";
import { RENDER_ISSUES } from "../../../src/render/index.ts";
import { SHIPPED, state } from "./builder.ts";

const docs = (path: string) => readFileSync(join(import.meta.dirname, "../../../docs", path), "utf8");
const cells = (text: string) =>
  new Map([...text.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map((row) => [row[1] ?? "", row[2] ?? ""]));

test("the page on patterns lists every message code of rendering with its meaning", () => {
  const section = docs("writing-patterns.md").split("## Messages")[1] ?? "";
  expect(Object.fromEntries(cells(section))).toEqual(RENDER_ISSUES);
});

test("the page on patterns lists the middlewares of every access kind in their order", () => {
  const section = docs("writing-patterns.md").split("### Access kinds")[1]?.split("##")[0] ?? "";
  const expected = Object.entries(ACCESS_MIDDLEWARES).map(([kind, list]) => [
    kind,
    list.join(", ") || "no route",
  ]);
  expect(Object.fromEntries(cells(section))).toEqual(Object.fromEntries(expected));
});

describe("the pages on patterns", () => {
  test("are what the patterns say (npm run build writes them)", () => {
    const pages = patternPages();
    const files = new Map([...pages.keys()].map((name) => [name, docs(`patterns/${name}`)]));
    expect(files).toEqual(pages);
  });

  test("exist for patterns alone", () => {
    const folder = readdirSync(join(import.meta.dirname, "../../../docs/patterns"));
    expect(folder.toSorted()).toEqual([...patternPages().keys()].toSorted());
  });

  test("name every image, parameter and rule, and link to every pattern", () => {
    const pages = patternPages();
    for (const [file, text] of SHIPPED.patterns) {
      const page = pages.get(file.replace(/yaml$/, "md")) ?? "";
      for (const [image] of text.matchAll(/(docker\.io|ghcr\.io|quay\.io)\/[\w./-]+:[\w.-]+/g)) {
        expect(page).toContain(image);
      }
      const pattern = state([]).patterns.get(file.replace(/\.yaml$/, ""));
      for (const name of Object.keys(pattern?.parameters ?? {})) expect(page).toContain(`| \`${name}\` |`);
      for (const { rule } of pattern?.rules ?? []) expect(page).toContain(`- \`${rule}\``);
      expect(pages.get("README.md")).toContain(`(${pattern?.name}.md)`);
    }
  });
});
