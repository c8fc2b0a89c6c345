import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatGoDuration,
  formatHumanSize,
  formatSize,
  parseGoDuration,
  parseHumanSize,
  parseSize,
} from "../../../../src/quadlet/argv/quantities.ts";

describe("a size", () => {
  test("is the same however it is written", () => {
    for (const text of ["4G", "4g", "4GB", "4GiB", "4096m", "4.0G", "4294967296"]) {
      expect([text, parseSize(text)]).toEqual([text, 4 * 1024 ** 3]);
    }
    expect(parseSize("1.8G")).toBe(1_932_735_283);
    expect(parseSize("50%")).toBeUndefined();
    expect(parseSize("")).toBeUndefined();
  });

  test("is shown short and means the same", () => {
    expect([4 * 1024 ** 3, 1_932_735_283, 1536 * 1024 ** 2, 0, 999].map(formatSize)).toEqual([
      "4G",
      "1.8G",
      "1536M",
      "0",
      "999",
    ]);
    const bytes = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(
      fc.property(bytes, (size) => {
        expect(parseSize(formatSize(size))).toBe(size);
      }),
    );
  });
});

describe("a size in powers of 1000", () => {
  test("is the same however it is written, and as podman shows it", () => {
    for (const text of ["10mb", "10MB", "10M", "10 m", "10MiB", "10000000"]) {
      expect([text, parseHumanSize(text)]).toEqual([text, 1e7]);
    }
    expect([1e7, 0, 1_234_567, 999, 1000].map(formatHumanSize)).toEqual([
      "10MB",
      "0B",
      "1.235MB",
      "999B",
      "1kB",
    ]);
    expect(parseHumanSize("big")).toBeUndefined();
  });
});

describe("a Go duration", () => {
  test("is the same however it is written", () => {
    for (const text of ["1m30s", "90s", "90000ms", "1.5m"])
      expect([text, parseGoDuration(text)]).toEqual([text, 90e9]);
    expect(parseGoDuration("soon")).toBeUndefined();
  });

  test("is shown short and means the same", () => {
    expect([0, 30e9, 90e9, 5e8].map(formatGoDuration)).toEqual(["0s", "30s", "1m30s", "500ms"]);
    const time = fc.integer({ min: 0, max: 1e15 });
    fc.assert(
      fc.property(time, (span) => {
        expect(parseGoDuration(formatGoDuration(span))).toBe(span);
      }),
    );
  });
});
