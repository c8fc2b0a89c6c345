import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SyncRecord } from "../../../src/model/record.ts";
import { correlate, scorePoints, selectRecords, wilson } from "../../../src/state/index.ts";
import { syncRecord } from "../../support/records.ts";

const failed = (minute: number, more: Partial<SyncRecord> = {}) =>
  syncRecord(minute, { result: "rolled-back", ...more });
const held = (minute: number) =>
  syncRecord(minute, { result: "held", score: 80, band: "confirm", outcomes: [], instances: ["db"] });
const many = (number: number, make: (minute: number) => SyncRecord) =>
  Array.from({ length: number }, (_, minute) => make(minute));
const inConfirm = { score: 80, band: "confirm" } as const;

describe("a filter of the history", () => {
  const records = [syncRecord(0), held(10), failed(20)];
  const minutes = (filter: Parameters<typeof selectRecords>[1]) =>
    selectRecords(records, filter).map(({ id }) => Number(id.slice(5)));

  test("that is empty lets everything through, in order", () => {
    expect(minutes({})).toEqual([0, 10, 20]);
  });

  test("finds syncs that changed an instance, and those that were meant to change it", () => {
    expect(minutes({ instances: new Set(["web"]) })).toEqual([0, 20]);
    expect(minutes({ instances: new Set(["db", "other"]) })).toEqual([10]);
    const { instances: _, ...old } = syncRecord(0);
    expect(selectRecords([old], { instances: new Set(["web"]) })).toEqual([old]);
  });

  test("finds syncs by their results", () => {
    expect(minutes({ results: new Set(["held", "rolled-back"]) })).toEqual([10, 20]);
  });

  test("finds syncs under way in a span of time, its ends included", () => {
    expect(minutes({ since: "2026-01-01T12:10:30Z" })).toEqual([10, 20]);
    expect(minutes({ since: "2026-01-01T12:10:31Z" })).toEqual([20]);
    expect(minutes({ until: "2026-01-01T12:10:00Z" })).toEqual([0, 10]);
    expect(minutes({ since: "2026-01-01T12:05:00Z", until: "2026-01-01T12:15:00Z" })).toEqual([10]);
  });
});

test("the scores of the history are those of the syncs that were judged", () => {
  const idle = syncRecord(1, { result: "in-sync", score: null, band: null });
  expect(scorePoints([syncRecord(0), idle, held(2)])).toEqual([
    { at: "2026-01-01T12:00:30.000Z", score: 91, band: "proceed", result: "applied" },
    { at: "2026-01-01T12:02:30.000Z", score: 80, band: "confirm", result: "held" },
  ]);
});

describe("the correlation of score and result", () => {
  const figures = (records: readonly SyncRecord[], band: string | null) =>
    correlate(records).bands.find((one) => one.band === band);

  test("counts the results in each band, and how long the syncs took", () => {
    const slow = { finishedAt: "2026-01-01T12:40:00.000Z" };
    // It waited for an hour until a person let it through.
    const waited = { startedAt: "2026-01-01T11:02:00.000Z", judgedAt: "2026-01-01T12:02:00.000Z" };
    const records = [
      syncRecord(0),
      failed(1),
      syncRecord(2, { ...waited, result: "failed" }),
      syncRecord(30, slow),
      held(4),
      held(5),
    ];
    expect(figures(records, "proceed")).toMatchObject({
      applied: 4,
      failed: 1,
      rolledBack: 1,
      held: 0,
      failureRate: 0.5,
      duration: { median: 30_000, p90: 600_000 },
    });
    expect(figures(records, "confirm")).toMatchObject({
      applied: 0,
      held: 2,
      failureRate: null,
      interval: null,
      duration: null,
    });
  });

  test("does not count a sync that did nothing, though its result repeats an earlier failure", () => {
    expect(figures([failed(0, { outcomes: [] })], "proceed")).toMatchObject({ applied: 0, rolledBack: 0 });
  });

  test("does not count a sync that was asked to stop, which says nothing about the host", () => {
    const ended = failed(0, { result: "failed", interrupted: true });
    expect(figures([ended, failed(1)], "proceed")).toMatchObject({ applied: 1, failed: 0, rolledBack: 1 });
  });

  test("separates syncs without a score, if there are any", () => {
    expect(correlate([syncRecord(0)]).bands.map(({ band }) => band)).toEqual(["proceed", "confirm", "block"]);
    expect(figures([syncRecord(0, { score: null, band: null })], null)).toMatchObject({ applied: 1 });
  });

  test("concludes nothing from few syncs, however clear they look", () => {
    const records = [
      ...many(19, (minute) => syncRecord(minute)),
      ...many(200, (at) => failed(at, inConfirm)),
    ];
    expect(correlate(records).conclusion).toEqual({ kind: "too-few", needed: 20 });
    expect(correlate([]).conclusion).toEqual({ kind: "too-few", needed: 20 });
  });

  test("sees no difference if chance explains it, and names one if it does not", () => {
    const good = many(30, (minute) => syncRecord(minute, minute < 3 ? { result: "failed" } : {}));
    const confirm = (bad: number) =>
      many(30, (minute) => (minute < bad ? failed(minute, inConfirm) : syncRecord(minute, inConfirm)));
    expect(correlate([...good, ...confirm(6)]).conclusion).toEqual({ kind: "no-difference" });
    expect(correlate([...good, ...confirm(18)]).conclusion).toEqual({
      kind: "difference",
      worse: "confirm",
      better: "proceed",
    });
  });

  test("gives an interval that contains the rate, and narrows with more cases", () => {
    const cases = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), (number, part) => {
        const hits = Math.round(number * part);
        const [low, high] = wilson(hits, number);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        // Rounding errors of a rate of exactly 0 or 1.
        expect(low).toBeLessThanOrEqual(hits / number + 1e-9);
        expect(high).toBeGreaterThanOrEqual(hits / number - 1e-9);
        const [lower, higher] = wilson(hits * 4, number * 4);
        expect(higher - lower).toBeLessThan(high - low);
      }),
    );
    // The textbook's example: 1 of 10 is between 2 % and 40 %.
    expect(wilson(1, 10).map((end) => Math.round(end * 100))).toEqual([2, 40]);
  });
});
