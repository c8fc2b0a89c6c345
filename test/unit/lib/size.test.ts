import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatSize,
  formatWholeSize,
  normaliseManifestSize,
  parseLimit,
  parseManifestSize,
  parseSize,
} from "../../../src/lib/size.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

describe("a size", () => {
  test("has the same value however it is written", () => {
    for (const text of ["4G", "4g", "4GB", "4GiB", "4096m", "4.0G", "4294967296"]) {
      expect([text, parseSize(text)]).toEqual([text, 4 * GIB]);
    }
    expect(parseSize("1.8G")).toBe(1_932_735_283);
    expect(parseSize("50%")).toBeUndefined();
    expect(parseSize("")).toBeUndefined();
  });

  test.each([
    // as podman and systemd read it, as a limit, in a manifest
    ["512M", 512 * MIB, 512 * MIB, 512 * MIB],
    ["512 MiB", 512 * MIB, 512 * MIB, 512 * MIB],
    ["512  M", 512 * MIB, 512 * MIB, undefined],
    [" 512M ", 512 * MIB, 512 * MIB, undefined],
    ["1.8G", 1_932_735_283, 1_932_735_283, 1_932_735_283],
    ["1.0009K", 1024, 1024, 1025],
    ["4096", 4096, 4096, undefined],
    ["4096b", 4096, 4096, undefined],
    ["4096iB", 4096, 4096, undefined],
    ["1P", 1024 ** 5, undefined, undefined],
    ["1E", 1024 ** 6, undefined, undefined],
    ["9999T", 9999 * 1024 ** 4, undefined, 9999 * 1024 ** 4],
    ["0", 0, undefined, undefined],
    ["0M", 0, undefined, 0],
    ["1X", undefined, undefined, undefined],
    ["-1G", undefined, undefined, undefined],
    [".5G", undefined, undefined, undefined],
    ["1e3", undefined, undefined, undefined],
    ["1G 2", undefined, undefined, undefined],
  ])("%j is read by each reader with its own strictness", (text, size, limit, inManifest) => {
    expect([parseSize(text), parseLimit(text), parseManifestSize(text)]).toEqual([size, limit, inManifest]);
  });

  test("of a manifest gets systemd's spelling, and other text stays unchanged", () => {
    expect(["4GiB", "4 gb", "4g", "1.5t", "4096", "lots"].map(normaliseManifestSize)).toEqual([
      "4G",
      "4G",
      "4G",
      "1.5T",
      "4096",
      "lots",
    ]);
  });

  test("is shown in short form with the same meaning", () => {
    expect([4 * GIB, 1_932_735_283, 1536 * MIB, 0, 999].map(formatSize)).toEqual([
      "4G",
      "1.8G",
      "1536M",
      "0",
      "999",
    ]);
    expect([4 * GIB, 1_932_735_283, 1536 * MIB, 0, 999].map(formatWholeSize)).toEqual([
      "4G",
      "1932735283",
      "1536M",
      "0",
      "999",
    ]);
    const bytes = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(
      fc.property(bytes, (size) => {
        expect(parseSize(formatSize(size))).toBe(size);
        expect(parseSize(formatWholeSize(size))).toBe(size);
      }),
    );
  });
});
