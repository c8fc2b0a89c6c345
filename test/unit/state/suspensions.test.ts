import { beforeEach, expect, test } from "vitest";
import type { Suspension } from "../../../src/model/suspension.ts";
import { healsSince, openState, type State } from "../../../src/state/index.ts";
import { FACTS } from "../../support/health-host.ts";
import { MemoryFiles } from "../../support/memory-files.ts";
import { syncRecord } from "../../support/records.ts";

const NOON = Date.parse("2026-01-01T12:00:00.000Z");
const suspension: Suspension = { since: "2026-01-01T11:00:00.000Z", until: null, reason: null };

let files: MemoryFiles;
let state: State;
const names = async (now = NOON) => [...(await state.readSuspensions(now)).keys()];

beforeEach(() => {
  files = new MemoryFiles();
  state = openState({ files, facts: { ...FACTS, stateDir: "/state" } });
});

test("suspensions are read as they were written, each by itself", async () => {
  expect(await names()).toEqual([]);
  const full = { ...suspension, until: "2026-01-01T13:00:00.000Z", reason: "because" };
  await state.writeSuspension("web", full);
  await state.writeSuspension("tunnel@home", suspension);
  expect(await state.readSuspensions(NOON)).toEqual(
    new Map([
      ["tunnel@home", suspension],
      ["web", full],
    ]),
  );
  await state.removeSuspension("web");
  await state.removeSuspension("nobody");
  expect(await names()).toEqual(["tunnel@home"]);
});

test("a suspension ends by itself, to the millisecond", async () => {
  await state.writeSuspension("web", { ...suspension, until: "2026-01-01T12:00:00.000Z" });
  expect(await names(NOON - 1)).toEqual(["web"]);
  expect(await names(NOON)).toEqual([]);
});

test("a suspension that cannot be read suspends, and a file that is not one does not", async () => {
  await files.write("/state/suspended/web.json", "{");
  await files.write("/state/suspended/db.json", '{"since":null,"until":"whenever","reason":null}');
  await files.write("/state/suspended/.quadgate-1.tmp", "{");
  expect(await names()).toEqual(["db", "web"]);
});

test("heals are counted by instance from a given time", () => {
  const records = [
    syncRecord(0, { heals: ["web"] }),
    syncRecord(10, { heals: ["db", "web"] }),
    syncRecord(20),
  ];
  const first = Date.parse(records[0]?.finishedAt ?? "");
  expect(healsSince(records, first - 1).get("web")).toEqual([
    "2026-01-01T12:00:30.000Z",
    "2026-01-01T12:10:30.000Z",
  ]);
  expect(healsSince(records, first)).toEqual(
    new Map([
      ["db", ["2026-01-01T12:10:30.000Z"]],
      ["web", ["2026-01-01T12:10:30.000Z"]],
    ]),
  );
});
