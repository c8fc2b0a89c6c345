import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatGoDuration, parseGoDuration, secondsOfGoDuration } from "../../../src/lib/go-duration.ts";

describe("a Go duration", () => {
  test.each([
    // nanoseconds, seconds
    ["1m30s", 90e9, 90],
    ["90s", 90e9, 90],
    ["90000ms", 90e9, 90],
    ["1.5m", 90e9, 90],
    ["1h0.5us", 3_600_000_000_500, 3600.0000005],
    ["2µs", 2000, 2e-6],
    ["0.4ns", 0, 4e-10],
    ["0s", 0, 0],
    ["0", 0, undefined],
    ["30", undefined, undefined],
    ["1d", undefined, undefined],
    ["1s ", undefined, undefined],
    ["-1s", undefined, undefined],
    ["soon", undefined, undefined],
    ["", undefined, undefined],
  ])("written as %j has its nanoseconds and its seconds", (text, nanoseconds, seconds) => {
    expect([parseGoDuration(text), secondsOfGoDuration(text)]).toEqual([nanoseconds, seconds]);
  });

  test("is shown in short form with the same meaning", () => {
    expect([0, 30e9, 90e9, 5e8].map(formatGoDuration)).toEqual(["0s", "30s", "1m30s", "500ms"]);
    const time = fc.integer({ min: 0, max: 1e15 });
    fc.assert(
      fc.property(time, (span) => {
        expect(parseGoDuration(formatGoDuration(span))).toBe(span);
      }),
    );
  });
});
