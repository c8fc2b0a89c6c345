import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CHECKS } from "../../../src/observe/health/checks.ts";

const page = readFileSync(new URL("../../../docs/gate.md", import.meta.url), "utf8");

test("the table in docs/gate.md has the rows of the table of checks", () => {
  const section = page.slice(page.indexOf("## Built-in checks"));
  let metrics: readonly string[] = [];
  const documented = section.split("\n").flatMap((line) => {
    const [, , metric = "", from, severity, code] = line.split("|").map((cell) => cell.trim());
    if (!code || !/^\d+$/.test(from ?? "")) return [];
    if (metric !== "") metrics = metric.split(", ").map((name) => name.replaceAll("`", ""));
    return metrics.map((name) => `${name} from ${from}: ${severity} ${code}`);
  });
  const actual = CHECKS.map(
    ({ metric, from, severity, code }) =>
      `${metric} from ${from}: ${severity === "warnings" ? "warning" : "critical"} ${code}`,
  );
  expect(documented.sort()).toEqual(actual.sort());
});
