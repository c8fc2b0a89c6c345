import { expect, test } from "vitest";
import { countText, pairsText, splitPairs } from "../../../src/drift/row-builders/key-value-pairs.ts";

test("key=value pairs are split at the first equals sign, and a bare word gets its implied value", () => {
  const texts = ["a=1", "b=x=y", "word", "a=2"];
  expect(splitPairs(texts)).toEqual({ a: "2", b: "x=y", word: "" });
  expect(splitPairs(texts, "true")).toEqual({ a: "2", b: "x=y", word: "true" });
  expect(splitPairs(texts, null)).toEqual({ a: "2", b: "x=y" });
});

test("key=value pairs are shown by their number, or only those that differ", () => {
  const value = { a: "1", word: "" };
  expect(pairsText(value)).toBe("a=1, word");
  expect(pairsText({})).toBe("none");
  expect(countText(value, [], "label")).toBe("2 labels");
  expect(countText({ a: "1" }, [], "label")).toBe("1 label");
  expect(countText(value, ["a", "gone"], "label")).toBe("a=1");
  expect(countText(value, ["gone"], "label")).toBe("none");
});
