import { expect, test } from "vitest";
import { wrongMode } from "../../../src/quadlet/file-mode.ts";
import { unitOf } from "../../support/plan-input.ts";

/** The mode of a file on the host that is not as its unit says; undefined if it is. */
function wrong(mode: string, live: number) {
  const file = { name: "/x", path: "/x", content: "", mode: live, symlink: false };
  return wrongMode({ ...unitOf("/x"), kind: "file", mode }, file)?.live;
}

test("a manifest says the whole mode, and git only whether a file is a program", () => {
  expect([wrong("0644", 0o644), wrong("0644", 0o600)]).toEqual([undefined, "0600"]);
  expect([wrong("100644", 0o600), wrong("100644", 0o664), wrong("100644", 0o700)]).toEqual([
    undefined,
    undefined,
    "0700",
  ]);
  expect([wrong("100755", 0o700), wrong("100755", 0o644)]).toEqual([undefined, "0644"]);
});
