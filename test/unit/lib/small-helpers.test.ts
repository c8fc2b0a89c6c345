import { expect, test } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import { codeOf } from "../../../src/lib/error-code.ts";
import { messageOf, stackOf } from "../../../src/lib/error-message.ts";
import { expandHome } from "../../../src/lib/expand-home.ts";
import { matchesGlob } from "../../../src/lib/glob.ts";

test.each([
  ["~", "/home/me"],
  ["~/x/../y", "/home/me/x/../y"],
  ["~other/x", "~other/x"],
  ["/a/~b", "/a/~b"],
  ["x", "x"],
])("the path %s is expanded to %s", (path, expanded) => {
  expect(expandHome(path, "/home/me")).toBe(expanded);
});

test.each([
  ["nas", ["nas"], true],
  ["NAS", ["n*"], true],
  [".nas", ["*nas"], true],
  ["nas-2", ["nas", "pi-?"], false],
  ["pi-2", ["nas", "pi-?"], true],
  ["nas", ["!nas"], false],
  ["nas", [], false],
])("the name %s matches one of the globs %j: %j", (name, globs, matches) => {
  expect(matchesGlob(name, globs)).toBe(matches);
});

test("whatever is thrown has a message, and a code if node provides one", () => {
  const error = Object.assign(new Error("it is full"), { code: "ENOSPC" });
  expect([error, "text", 7].map(messageOf)).toEqual(["it is full", "text", "7"]);
  expect([error, "text", 7].map(codeOf)).toEqual(["ENOSPC", "", ""]);
  expect(stackOf(error)).toContain("small-helpers.test.ts");
  expect(stackOf("text")).toBe("text");
});

test("a digest is the sha256 of the text's UTF-8", () => {
  expect(digestOf("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(digestOf("ä")).toBe("33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc");
});
