import { describe, expect, test } from "vitest";
import { LazyMap } from "../../../src/lib/lazy-map.ts";

function counting(): { map: LazyMap<string>; made: string[] } {
  const made: string[] = [];
  const map = new LazyMap(["a", "b"], (name) => {
    made.push(name);
    return name.toUpperCase();
  });
  return { map, made };
}

describe("a lazy map", () => {
  test("makes a requested value once, and none for a name that it does not have", () => {
    const { map, made } = counting();
    expect([map.get("b"), map.get("b"), map.get("x")]).toEqual(["B", "B", undefined]);
    expect(made).toEqual(["b"]);
  });

  test("knows its names without making anything", () => {
    const { map, made } = counting();
    expect([map.size, map.has("a"), map.has("x"), [...map.keys()]]).toEqual([2, true, false, ["a", "b"]]);
    expect(made).toEqual([]);
  });

  test("behaves like any other map when it is iterated", () => {
    const { map } = counting();
    const seen: string[] = [];
    map.forEach((value, name) => {
      seen.push(name + value);
    });
    expect([[...map], [...map.values()], seen]).toEqual([
      [
        ["a", "A"],
        ["b", "B"],
      ],
      ["A", "B"],
      ["aA", "bB"],
    ]);
  });

  test("lets values refer to each other by their drafts", () => {
    const map: LazyMap<string> = new LazyMap(["a", "b"], (name, draft) => {
      draft(name);
      return `${name}(${map.get(name === "a" ? "b" : "a")})`;
    });
    expect(map.get("a")).toBe("a(b(a))");
  });
});
