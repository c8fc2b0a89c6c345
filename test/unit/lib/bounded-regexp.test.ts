import { describe, expect, it } from "vitest";
import { inTime, matchesWhole } from "../../../src/lib/bounded-regexp.ts";

const TRAP = `${"a".repeat(60)}!`;

describe("an expression of a pattern", () => {
  it.each([
    ["[a-z]+", "web", true],
    ["[a-z]+", "web1", false],
    ["a|b", "ab", false],
    ["[a-zA-Z_]+(\\+[a-zA-Z_]+)*", "deu+eng", true],
    ["[a-zA-Z_]+(\\+[a-zA-Z_]+)*", "deu+", false],
    ["(a+)\\1", "aaaa", true],
    ["x{2}y{2}z{2}", "xxyyzz", true],
  ])("%s on text %s matches: %s", (source, text, expected) => {
    expect(matchesWhole(source, text)).toBe(expected);
  });

  it.each(["(a+)+", "(a|a)*", "(a|aa)+", "(?:a*){9}b", "((a?)a)*b", "a*a*a*a*a*a*a*a*b"])(
    "%s is ended if it tries every combination",
    (source) => {
      const text = source.endsWith("b") ? "a".repeat(1_000) : TRAP;
      expect(matchesWhole(source, text)).toBeUndefined();
    },
  );

  it.each([
    ["alternatives", `${"(?:a|a)".repeat(60)}[bc]`],
    ["what may be left out", `${"a?".repeat(60)}[bc]`],
  ])("is ended if it consists of %s in a row, without a repetition", (_, source) => {
    expect(matchesWhole(source, `${"a".repeat(60)}d`)).toBeUndefined();
  });

  it("returns what was found, and throws what was thrown", () => {
    expect(inTime(() => ["x"])).toEqual(["x"]);
    expect(() =>
      inTime(() => {
        throw new RangeError("no");
      }),
    ).toThrow(RangeError);
  });
});
