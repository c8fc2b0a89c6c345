import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HEALTH_CHECKS, HEALTH_CODES, type HealthCheck } from "../../../../src/model/health-checks.ts";

const page = readFileSync(new URL("../../../../docs/gate.md", import.meta.url), "utf8");

test("the table in docs/gate.md has the rows of the table of checks, in the same order", () => {
  const section = page.slice(page.indexOf("## Built-in checks"));
  const documented = section
    .split("\n")
    .filter((line) => /^\| [CWQ]\d{3} \|/.test(line))
    .map((line) => {
      const [, code, , metrics = "", limit, severity, weight] = line.split("|").map((cell) => cell.trim());
      return { code, metrics: metrics.replaceAll("`", ""), limit, severity, weight };
    });
  const actual = HEALTH_CODES.map((code) => {
    const { metrics, side, limit, severity, weight }: HealthCheck = HEALTH_CHECKS[code];
    return { code, metrics: metrics.join(", "), limit: `${side} ${limit}`, severity, weight: String(weight) };
  });
  expect(documented).toEqual(actual);
});
