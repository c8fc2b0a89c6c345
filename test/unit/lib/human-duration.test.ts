import { expect, test } from "vitest";
import { parseHumanDuration } from "../../../src/lib/human-duration.ts";

test.each([
  ["60s", 60_000],
  ["1h30m", 5_400_000],
  [" 10 m", 600_000],
  ["0s", 0],
  ["250", 250],
  ["m", undefined],
  ["-1s", undefined],
  ["soon", undefined],
  ["", undefined],
])("the duration %j is read as %j milliseconds", (text, milliseconds) => {
  expect(parseHumanDuration(text)).toBe(milliseconds);
});
