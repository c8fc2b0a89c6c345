import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDesiredState } from "../../../src/manifest/index.ts";
import { ACCESS_MIDDLEWARES } from "../../../src/render/access.ts";
import { RENDER_ISSUES, renderUnits } from "../../../src/render/index.ts";
import { CONTEXT, SHIPPED, state } from "./builder.ts";

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

describe.each([...state([]).patterns.values()])("$name", (pattern) => {
  const page = docs(`patterns/${pattern.name}.md`);

  test("has a page that names every parameter with its default, and its limits", () => {
    for (const [name, parameter] of Object.entries(pattern.parameters)) {
      expect(cells(page).get(name)).toContain(String(parameter.default ?? "the instance's name"));
    }
    expect(page).toContain(`| memory | ${pattern.defaults.memory}, high ${pattern.defaults.memoryHigh} |`);
    for (const middleware of pattern.defaults.middlewares ?? []) expect(page).toContain(middleware);
  });

  test("has a page whose example manifest is valid and renders", () => {
    const example = /^ {4}# (desired-state\/\S+\.yaml)\n((?: {4}.*\n)+)/m.exec(page);
    const manifest = (example?.[2] ?? "").replace(/^ {4}/gm, "");
    const desired = readDesiredState(
      { revision: null, files: new Map([[example?.[1] ?? "", manifest]]) },
      SHIPPED,
      { host: "test" },
    );
    const { units, issues } = renderUnits(desired, CONTEXT);
    expect([...desired.issues, ...issues]).toEqual([]);
    expect(units.some((unit) => unit.kind === "container")).toBe(true);
  });

  test("has a page with every default image", () => {
    const text = SHIPPED.patterns.get(`${pattern.name}.yaml`) ?? "";
    for (const [image] of text.matchAll(/docker\.io\/\S+/g)) expect(page).toContain(image);
  });
});
