import { describe, expect, test } from "vitest";
import { createSyncLog } from "../../../src/daemon/listeners/sync-log.ts";
import { createLogger, errorFields } from "../../../src/daemon/log.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { recordingLog, syncRecord } from "./support.ts";

function written(options: Parameters<typeof createLogger>[0]) {
  const lines: string[] = [];
  return { lines, log: createLogger({ ...options, write: (line) => lines.push(line) }) };
}

describe("the logger", () => {
  test("writes one JSON document a line, with the level as a word and the time in ISO 8601", () => {
    const { log, lines } = written({});
    log.warn({ port: 9797 }, "two\nlines");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    const line: unknown = JSON.parse(lines[0] ?? "");
    expect(line).toEqual({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      port: 9797,
      msg: "two\nlines",
    });
  });

  test("leaves out what is below its level", () => {
    const quiet = written({});
    quiet.log.debug({}, "detail");
    expect(quiet.lines).toEqual([]);
    const verbose = written({ level: "debug" });
    verbose.log.debug({}, "detail");
    expect(verbose.lines).toHaveLength(1);
  });

  test("writes for a terminal: time, level, message, then the fields", () => {
    const { log, lines } = written({ pretty: true });
    log.info({ result: "applied", score: 92, changes: { update: 1 }, message: "two words" }, "sync finished");
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d info {2}sync finished {2}result=applied score=92 changes=\{"update":1\} message="two words"\n$/,
    );
  });

  test("tells an expected failure from a defect", () => {
    expect(errorFields(new QuadgateError("locked", "busy", { hint: "wait" }))).toEqual({
      reason: "locked",
      error: "busy",
      hint: "wait",
    });
    expect(errorFields(new TypeError("oops"))).toMatchObject({
      reason: "defect",
      error: expect.stringMatching(/oops[\s\S]*log\.test/),
    });
    expect(errorFields("text")).toEqual({ reason: "defect", error: "text" });
  });
});

describe("the log of a sync", () => {
  test("has revision, result, score, counts of changes, failed units and duration", () => {
    const { log, lines } = recordingLog();
    createSyncLog(log)(
      syncRecord({
        trigger: "push+poll",
        outcomes: [
          { instance: "a", unit: "a.container", outcome: "updated", durationMs: 5 },
          { instance: "b", unit: "b.container", outcome: "failed", durationMs: 5 },
        ],
      }),
    );
    expect(lines).toEqual([
      {
        level: "info",
        message: "sync finished",
        fields: {
          id: "1",
          trigger: "push+poll",
          result: "applied",
          revision: "a".repeat(40),
          score: 92,
          changes: { update: 1 },
          failed: ["b.container"],
          reasons: [],
          durationMs: 1500,
        },
      },
    ]);
  });

  test.each([
    ["in-sync", "debug"],
    ["applied", "info"],
    ["held", "warn"],
    ["blocked", "warn"],
    ["rolled-back", "error"],
    ["failed", "error"],
  ] as const)("reports a sync that is %s at level %s", (result, level) => {
    const { log, lines } = recordingLog();
    createSyncLog(log)(syncRecord({ result }));
    expect(lines[0]?.level).toBe(level);
  });

  test("does not report a sync that was asked to end as an error", () => {
    const { log, lines } = recordingLog();
    createSyncLog(log)(syncRecord({ result: "failed", interrupted: true }));
    expect(lines[0]).toMatchObject({ level: "info", fields: { result: "failed", interrupted: true } });
  });

  test("reports a repeated result as a detail, and a different one, or the same after another, as news", () => {
    const { log, lines } = recordingLog();
    const logRecord = createSyncLog(log);
    logRecord(syncRecord({ result: "held" }));
    logRecord(syncRecord({ result: "held", id: "2" }));
    logRecord(syncRecord({ result: "held", planDigest: "d2" }));
    logRecord(syncRecord({ result: "blocked", planDigest: "d2" }));
    logRecord(syncRecord({ result: "held", planDigest: "d2" }));
    expect(lines.map((line) => line.level)).toEqual(["warn", "debug", "warn", "warn", "warn"]);
  });

  test("shows an applied revision that differs from the attempted one", () => {
    const { log, lines } = recordingLog();
    createSyncLog(log)(
      syncRecord({ result: "rolled-back", appliedRevision: "b".repeat(40), message: "no health" }),
    );
    expect(lines[0]?.fields).toMatchObject({ appliedRevision: "b".repeat(40), message: "no health" });
  });
});
