import { expect, test } from "vitest";
import { formatDecimalSize, parseDecimalSize } from "../../../src/lib/decimal-size.ts";

test("a size in powers of 1000 has the same value however it is written, and as podman shows it", () => {
  for (const text of ["10mb", "10MB", "10M", "10 m", "10MiB", "10000000"]) {
    expect([text, parseDecimalSize(text)]).toEqual([text, 1e7]);
  }
  expect([1e7, 0, 1_234_567, 999, 1000].map(formatDecimalSize)).toEqual([
    "10MB",
    "0B",
    "1.235MB",
    "999B",
    "1kB",
  ]);
  expect(["big", "", "1e", "1  m", " 1m"].map(parseDecimalSize)).toEqual(Array(5).fill(undefined));
});
