import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Logger, LogLevel } from "../../../src/daemon/log.ts";
import type { TriggerContext } from "../../../src/daemon/triggers/trigger.ts";
import { createFiles } from "../../../src/host/files.ts";
import type { SyncRecord } from "../../../src/model/record.ts";
import { type SettingsInput, settingsSchema } from "../../../src/model/settings-schema.ts";

/** A folder of the test's own, short enough for a unix socket, removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "qg-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits until something holds; the runner's own time-out ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

export interface LoggedLine {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function recordingLog(): { log: Logger; lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at = (level: LogLevel) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

export interface TestContext {
  readonly context: TriggerContext;
  readonly folder: string;
  /** Names of the triggers so far. */
  readonly calls: string[];
  readonly lines: LoggedLine[];
}

/** A trigger's context over the real file system, with runtime folder and home in a folder of the test's own. */
export function testContext(settings: SettingsInput = {}, folder = temporaryFolder()): TestContext {
  const calls: string[] = [];
  const { log, lines } = recordingLog();
  const context: TriggerContext = {
    settings: settingsSchema.parse(settings),
    facts: { runtimeDir: join(folder, "run"), home: folder },
    files: createFiles(),
    log,
    trigger: (name) => calls.push(name),
  };
  return { context, folder, calls, lines };
}

/** The record of a sync that applied one update, unless told otherwise. */
export function syncRecord(changes: Partial<SyncRecord> = {}): SyncRecord {
  return {
    schemaVersion: 1,
    id: "1",
    startedAt: "2025-01-01T12:00:00.000Z",
    finishedAt: "2025-01-01T12:00:01.500Z",
    trigger: "poll",
    host: "htpc",
    revision: "a".repeat(40),
    appliedRevision: "a".repeat(40),
    planDigest: "d1",
    result: "applied",
    score: 92,
    band: "proceed",
    reasons: [],
    summary: { create: 0, update: 1, restart: 0, delete: 0, none: 3 },
    outcomes: [],
    count: 1,
    ...changes,
  };
}
