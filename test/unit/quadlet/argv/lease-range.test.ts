import { describe, expect, test } from "vitest";
import { addressNumber, leaseRange } from "../../../../src/quadlet/argv/lease-range.ts";

describe("an address in a podman flag", () => {
  test.each([
    ["10.0.0.1", 167_772_161n],
    ["::1", 1n],
    ["fd00::", 0xfdn << 120n],
    ["1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008n],
    ["FD00::A", (0xfdn << 120n) + 10n],
  ])("is read from %s as a number", (text, number) => {
    expect(addressNumber(text)).toBe(number);
  });

  test.each(["", "10.0.0", "10.0.0.0.1", "host", "1:2", "1::2::3x", "g::1"])(
    "is not read from %j",
    (text) => {
      expect(addressNumber(text)).toBeUndefined();
    },
  );
});

describe("the addresses of a range", () => {
  const between = (first: string, last: string) => ({
    first: addressNumber(first),
    last: addressNumber(last),
  });

  test.each([
    ["10.89.3.128/25", between("10.89.3.129", "10.89.3.255")],
    ["10.89.3.10-10.89.3.20", between("10.89.3.10", "10.89.3.20")],
    ["fd00::/120", between("fd00::1", "fd00::ff")],
  ])("are, for %s, all but the first of a network, or the two that are named", (text, expected) => {
    expect(leaseRange(text)).toEqual(expected);
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/x", "a-b"])("are unknown for %s", (text) => {
    expect(leaseRange(text)).toBeUndefined();
  });
});
