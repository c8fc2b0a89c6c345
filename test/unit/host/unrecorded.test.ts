import { describe, expect, test } from "vitest";
import { parseServiceStates } from "../../../src/host/service-states.ts";
import { merged, unrecorded } from "../../../src/host/unrecorded.ts";
import type { Happening } from "../../../src/model/evidence.ts";

const BOOT = "b0";
const happening = (ms: number, more: Partial<Happening> = {}): Happening => ({
  service: "web.service",
  kind: "starting",
  at: { boot: BOOT, ms },
  wallMs: ms,
  invocation: "0a",
  ...more,
});

/** What is missing about a service that systemd started at 5 s. */
function missing(told: readonly Happening[], subState = "running", since = { boot: BOOT, ms: 1_000 }) {
  const text = `SubState=${subState}\nInactiveExitTimestampMonotonic=5000000\n`;
  return unrecorded(parseServiceStates(["web.service"], text), told, since, BOOT);
}

describe("a start that systemd knows of", () => {
  test("is missing if the journal says nothing of the service since", () => {
    const expected = [{ kind: "unrecorded", service: "web.service", at: { boot: BOOT, ms: 5_000 } }];
    expect(missing([])).toMatchObject(expected);
    expect(missing([happening(4_000), happening(5_000, { service: "db.service" })])).toMatchObject(expected);
    expect(missing([happening(9_000, { at: { boot: "0d", ms: 9_000 } })])).toMatchObject(expected);
  });

  test("is not missing if the journal has it, or was not asked about that time", () => {
    expect(missing([happening(5_001)])).toEqual([]);
    expect(missing([], "running", { boot: BOOT, ms: 6_000 })).toEqual([]);
    expect(missing([], "running", { boot: "0d", ms: 6_000 })).toHaveLength(1);
  });

  test("has not come yet while the service waits for its automatic restart", () => {
    expect(missing([], "auto-restart")).toEqual([]);
  });
});

test("what is missing gets its place among the happenings of this boot", () => {
  const told = [happening(9_000, { at: { boot: "0d", ms: 9_000 } }), happening(4_000), happening(6_000)];
  const all = merged(told, [happening(5_000, { kind: "unrecorded" })], BOOT);
  expect(all.map(({ at }) => at.ms)).toEqual([9_000, 4_000, 5_000, 6_000]);
});
