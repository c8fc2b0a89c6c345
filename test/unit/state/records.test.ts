import { beforeEach, describe, expect, test } from "vitest";
import type { SyncRecord } from "../../../src/model/record.ts";
import { openState, type State } from "../../../src/state/index.ts";
import { FACTS } from "../../support/health-host.ts";
import { MemoryFiles } from "../../support/memory-files.ts";

const FILE = "/state/history.jsonl";

let files: MemoryFiles;
let state: State;

beforeEach(() => {
  files = new MemoryFiles();
  state = openState({ files, facts: { ...FACTS, stateDir: "/state" } });
});

function record(id: number, overrides: Partial<SyncRecord> = {}): SyncRecord {
  return {
    schemaVersion: 1,
    id: `sync-${id}`,
    startedAt: `2026-01-01T12:0${id % 10}:00Z`,
    finishedAt: `2026-01-01T12:0${id % 10}:30Z`,
    trigger: "poll",
    host: "htpc",
    revision: "c0ffee",
    appliedRevision: "c0ffee",
    planDigest: "d",
    result: "applied",
    score: 91,
    band: "proceed",
    reasons: [{ code: "health-proceed", message: "m" }],
    summary: { create: 0, update: 1, restart: 0, delete: 0, none: 0 },
    outcomes: [{ instance: "web", unit: "web.container", outcome: "updated", durationMs: 12 }],
    count: 1,
    ...overrides,
  };
}

const idle = (id: number, overrides: Partial<SyncRecord> = {}) =>
  record(id, { result: "in-sync", score: null, band: null, outcomes: [], ...overrides });

const ids = async () => (await state.readRecords()).map(({ id, count }) => `${id} x${count}`);

test("sync records are read as they were written, oldest first", async () => {
  expect(await state.readRecords()).toEqual([]);
  const full = record(2, {
    forced: "because",
    message: "m",
    health: {
      provider: "builtin",
      score: 91,
      observedAt: "2026-01-01T12:00:00Z",
      critical: [{ code: "C004", message: "down", action: "start" }],
      warnings: [],
      info: [{ code: "I001", message: "well" }],
      metrics: { memory_percent: 41, selinux: "Enforcing" },
    },
  });
  await state.appendRecord(record(1));
  await state.appendRecord(full);
  expect(await state.readRecords()).toEqual([record(1), full]);
});

describe("a repeated sync that did nothing", () => {
  test("is counted in the last row, which keeps its start and gets the new end", async () => {
    await state.appendRecord(idle(1));
    await state.appendRecord(idle(2));
    await state.appendRecord(idle(3));
    expect(await state.readRecords()).toEqual([{ ...idle(1), finishedAt: idle(3).finishedAt, count: 3 }]);
  });

  test("is a row of its own at another revision, or after another result", async () => {
    await state.appendRecord(idle(1));
    await state.appendRecord(idle(2, { revision: "beef" }));
    await state.appendRecord(record(3, { revision: "beef" }));
    await state.appendRecord(idle(4, { revision: "beef" }));
    expect(await ids()).toEqual(["sync-1 x1", "sync-2 x1", "sync-3 x1", "sync-4 x1"]);
  });

  test("is counted, after a failure that it only found again, apart from the failed sync", async () => {
    const found = { result: "rolled-back", score: null, band: null, outcomes: [] } as const;
    await state.appendRecord(record(1, { ...found, outcomes: record(1).outcomes }));
    await state.appendRecord(record(2, found));
    await state.appendRecord(record(3, found));
    await state.appendRecord(record(4, { ...found, revision: "beef" }));
    expect(await ids()).toEqual(["sync-1 x1", "sync-2 x2", "sync-4 x1"]);
  });

  test("is counted if the gate was closed, with score and reasons unchanged", async () => {
    const held = { result: "held", score: 80, band: "confirm", outcomes: [] } as const;
    await state.appendRecord(record(1, held));
    await state.appendRecord(record(2, held));
    await state.appendRecord(record(3, { ...held, score: 75 }));
    await state.appendRecord(record(4, { ...held, score: 75, planDigest: "other" }));
    expect(await ids()).toEqual(["sync-1 x2", "sync-3 x1", "sync-4 x1"]);
  });
});

test("syncs that did something are never counted together", async () => {
  for (const result of ["applied", "failed", "rolled-back"] as const) {
    await state.appendRecord(record(1, { result }));
    await state.appendRecord(record(2, { result }));
  }
  expect(await state.readRecords()).toHaveLength(6);
});

describe("a last row that a crash cut off", () => {
  const torn = async () => {
    await state.appendRecord(record(1));
    files.put(FILE, `${await files.read(FILE)}${JSON.stringify(record(2)).slice(0, 40)}`);
  };

  test("is skipped by readers, and reading changes nothing", async () => {
    await torn();
    const before = await files.read(FILE);
    expect(await ids()).toEqual(["sync-1 x1"]);
    expect(await files.read(FILE)).toBe(before);
  });

  test("is removed by the next record", async () => {
    await torn();
    await state.appendRecord(record(3));
    await state.appendRecord(record(4));
    expect(await ids()).toEqual(["sync-1 x1", "sync-3 x1", "sync-4 x1"]);
    expect((await files.read(FILE))?.split("\n")).toHaveLength(4);
  });

  test("is kept if only its line end is missing", async () => {
    files.put(FILE, JSON.stringify(record(1)));
    await state.appendRecord(record(2));
    expect(await ids()).toEqual(["sync-1 x1", "sync-2 x1"]);
  });
});

test("a row of the history that cannot be understood is kept and skipped", async () => {
  files.put(FILE, `nonsense\n${JSON.stringify(idle(1))}\n`);
  await state.appendRecord(idle(2));
  expect(await ids()).toEqual(["sync-1 x2"]);
  expect(await files.read(FILE)).toContain("nonsense");
});

test("a row of the history that a full disk refuses leaves the history as it was", async () => {
  await state.appendRecord(record(1));
  files.beforeChange = () => {
    throw new Error("ENOSPC");
  };
  await expect(state.appendRecord(record(2))).rejects.toMatchObject({ reason: "state-unwritable" });
  expect(await ids()).toEqual(["sync-1 x1"]);
});

test("the oldest of more than 5000 rows of the history are dropped", async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => `${JSON.stringify(record(i))}\n`);
  files.put(FILE, rows.join(""));
  await state.appendRecord(record(5000));
  const records = await state.readRecords();
  expect(records).toHaveLength(4001);
  expect(records.at(0)?.id).toBe("sync-1000");
  expect(records.at(-1)?.id).toBe("sync-5000");
});
