import { describe, expect, test } from "vitest";
import { KEY_ROWS } from "../../src/drift/keys.ts";
import { describeKeys } from "./drift-keys/key-suite.ts";
import { ALL, nameOf } from "./drift-keys/key-units.ts";
import { flavours } from "./harness/recipe.ts";

test("every key of the drift table has a case, and every case a key", () => {
  expect(ALL.map(nameOf).sort()).toEqual(KEY_ROWS.map(nameOf).sort());
});

describe.each(flavours)("Debian %s", (flavour) => describeKeys(flavour, "root"));
