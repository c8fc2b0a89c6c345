import { expect, test } from "vitest";
import { compareRow, type Side } from "../../../src/drift/compare.ts";
import { environment } from "../../../src/drift/fields/environment.ts";
import { health } from "../../../src/drift/fields/health.ts";
import { VOLUME_ROWS } from "../../../src/drift/fields/volume-unit.ts";
import { withIndex } from "../../../src/drift/indexed-live.ts";
import { parsePodman } from "../../../src/quadlet/argv/podman-call.ts";
import { recorded } from "./host.ts";

function sideOf(words: readonly string[], command = ["volume", "create"]): Side {
  const call = parsePodman(["podman", ...command, ...words, "media"]);
  if (call === undefined) throw new Error("no podman command");
  const { live, facts } = recorded("5.8");
  const service = new Map();
  return { source: { call, service }, context: { live: withIndex(live), facts, call, service: undefined } };
}

test("a password among the mount options of a volume is hidden, both declared and live", () => {
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

test("a time of a health check may be a bare 0, and a count of 0 stays a count", () => {
  const flags = ["--health-cmd", "true", "--health-start-period", "0", "--health-retries", "0"];
  const side = sideOf(flags, ["run"]);
  const compared = (StartPeriod: number | undefined, Retries: number | undefined) => {
    const check = { Test: ["CMD-SHELL", "true"], Interval: 30e9, Timeout: 30e9, StartPeriod, Retries };
    const container = JSON.parse(JSON.stringify({ Config: { Healthcheck: check } }));
    return compareRow(health, { desired: side, made: side, container, service: undefined, origin: "" }, false)
      .field;
  };
  expect(compared(undefined, undefined)).toMatchObject({ status: "match" });
  expect(compared(5e9, undefined)).toMatchObject({ diff: [{ path: "health.startPeriod", to: "5s" }] });
  expect(compared(undefined, 2)).toMatchObject({ diff: [{ path: "health.retries", to: "2" }] });
});

test("a secret within a variable is hidden, and the live side says that it differs", () => {
  const variables = (secret: string) => [
    `JSON={"a":1,"password":"${secret}"}`,
    `CONN=Host=h;Password=${secret}`,
  ];
  const side = sideOf(
    variables("hunter1").flatMap((variable) => ["--env", variable]),
    ["run"],
  );
  const container = { Config: { Env: variables("hunter2") } };
  const comparison = { desired: side, made: side, container, service: undefined, origin: "" };
  const { field } = compareRow(environment, comparison, false);
  expect(field.desired).toBe('CONN=Host=h;Password=(hidden), JSON={"a":1,"password":(hidden)');
  expect(field.live).toBe('CONN=Host=h;Password=(hidden, differs), JSON={"a":1,"password":(hidden, differs)');
  expect(field.diff?.map(({ from, to }) => [from, to])).toEqual([
    ["Host=h;Password=(hidden)", "Host=h;Password=(hidden, differs)"],
    ['{"a":1,"password":(hidden)', '{"a":1,"password":(hidden, differs)'],
  ]);
});
