import { expect, test } from "vitest";
import { groupBy } from "../../../src/lib/group-by.ts";

test("items with one text stand together, in the order of the list, and groups in that of their first", () => {
  const groups = groupBy(["web-b", "db-a", "web-a"], (name) => name.split("-")[0] ?? "");
  expect([...groups]).toEqual([
    ["web", ["web-b", "web-a"]],
    ["db", ["db-a"]],
  ]);
});
