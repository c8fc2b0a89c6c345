import { expect, test } from "vitest";
import { parsePodman } from "../../../../src/plan/argv/podman.ts";
import { compareRow, type Side } from "../../../../src/plan/drift/compare.ts";
import { VOLUME_ROWS } from "../../../../src/plan/drift/fields/objects.ts";
import { recorded } from "./host.ts";

function sideOf(words: readonly string[]): Side {
  const call = parsePodman(["podman", "volume", "create", ...words, "media"]);
  if (call === undefined) throw new Error("no podman command");
  const { live, facts } = recorded("5.8");
  const service = new Map();
  return { source: { call, service }, context: { live, facts, call, service: undefined } };
}

test("a password among the mount options of a volume is not shown, neither as declared nor as live", () => {
  const side = sideOf(["--opt", "type=cifs", "--opt", "o=password=hunter1,username=u"]);
  const results = VOLUME_ROWS.map((row) =>
    compareRow(
      row,
      {
        desired: side,
        made: side,
        container: { Driver: "local", Options: { type: "nfs", o: "password=hunter2,username=u" } },
        service: undefined,
        origin: "",
      },
      false,
    ),
  );
  const shown = JSON.stringify(results.map(({ field }) => field));
  expect(shown).toContain("password=(hidden)");
  expect(shown).toContain("nfs");
  expect(shown).not.toContain("hunter");
});
