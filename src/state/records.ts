import type { SyncRecord } from "../model/record.ts";
import { parseAs, type StateFolder } from "./folder.ts";
import { recordSchema } from "./schemas.ts";

const FILE = "history.jsonl";
/** Above the first number of rows the oldest are dropped, down to the second. */
const MAX_ROWS = 5_000;
const KEPT_ROWS = 4_000;

/** All records, oldest first. A line that cannot be understood is left out: it is no reason to stop. */
export async function readRecords(folder: StateFolder): Promise<readonly SyncRecord[]> {
  return splitLines(await folder.read(FILE)).flatMap((line) => parseRow(line) ?? []);
}

/**
 * Adds a record as the last row, or counts it in the last row when it repeats that one. A last row that was cut off
 * by a crash is removed on the way.
 */
export async function appendRecord(folder: StateFolder, record: SyncRecord): Promise<void> {
  const content = await folder.read(FILE);
  const lines = splitLines(content);
  const last = parseRow(lines.at(-1) ?? "");
  const whole = content === undefined || content === "" || content.endsWith("\n");
  const kept = whole || last !== undefined ? lines : lines.slice(0, -1);
  if (last !== undefined && repeats(last, record)) {
    const counted = { ...last, finishedAt: record.finishedAt, count: last.count + record.count };
    await rewrite(folder, [...kept.slice(0, -1), JSON.stringify(counted)]);
  } else if (whole && kept.length < MAX_ROWS) {
    await folder.append(FILE, `${JSON.stringify(record)}\n`);
  } else {
    const rows = kept.length < MAX_ROWS ? kept : kept.slice(-KEPT_ROWS);
    await rewrite(folder, [...rows, JSON.stringify(record)]);
  }
}

function rewrite(folder: StateFolder, lines: readonly string[]): Promise<void> {
  return folder.write(FILE, lines.map((line) => `${line}\n`).join(""));
}

function splitLines(content: string | undefined): readonly string[] {
  return (content ?? "").split("\n").filter((line) => line !== "");
}

function parseRow(line: string): SyncRecord | undefined {
  const parsed = parseAs(recordSchema, line);
  return parsed.ok ? parsed.value : undefined;
}

/** What has to be the same for two syncs that did nothing to be of the same kind. */
const SAME_NOTHING = [
  "result",
  "host",
  "revision",
  "appliedRevision",
  "planDigest",
  "score",
  "band",
  "reasons",
  "braked",
  "message",
] as const satisfies readonly (keyof SyncRecord)[];

/** Whether a sync did nothing, and for the same cause as the one before it. */
function repeats(last: SyncRecord, next: SyncRecord): boolean {
  if (last.outcomes.length + next.outcomes.length > 0) return false;
  return SAME_NOTHING.every((key) => JSON.stringify(last[key]) === JSON.stringify(next[key]));
}
