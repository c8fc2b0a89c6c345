import { expect, test } from "vitest";
import { compareVersions, versionNumbers } from "../../../src/lib/version.ts";

test.each([
  ["5.4.2", "5.4.2", 0],
  ["5.4", "5.4.0", 0],
  ["5.4.2", "5.5", -1],
  ["5.10.1", "5.5", 1],
  ["6.0", "5.8.9", 1],
  ["4", "4.4", -1],
  ["5.4.0", "5.4.1", -1],
  ["unknown", "4.4", Number.NaN],
  ["5.4.2-dev", "5.4", Number.NaN],
  ["5.4.2-dev", "5.5", -1],
])("version %s compared with %s is older, equal or newer (%d)", (one, other, order) => {
  expect(Math.sign(compareVersions(versionNumbers(one), versionNumbers(other)))).toBe(order);
});

test("a shorter version continues with the number that the caller chooses", () => {
  expect(compareVersions([6, 12, 0], [6, 12])).toBe(0);
  expect(compareVersions([6, 12, 0], [6, 12], -1)).toBe(1);
  expect(compareVersions([6, 12], [6, 12, 0], -1)).toBe(-1);
});
