import type { SyncRecord } from "../model/record.ts";
import { parseAs, type StateFolder } from "./folder.ts";
import { recordSchema } from "./schemas.ts";

const FILE = "history.jsonl";
/** If there are `MAX_ROWS` rows, the oldest are dropped until `KEPT_ROWS` are left. */
const MAX_ROWS = 5_000;
const KEPT_ROWS = 4_000;

/** All records, oldest first, without lines that cannot be understood: they are not a reason to stop. */
export async function readRecords(folder: StateFolder): Promise<readonly SyncRecord[]> {
  return splitLines(await folder.read(FILE)).flatMap((line) => parseRow(line) ?? []);
}

/**
 * Appends a record, or counts it in the last row if it repeats that one. Removes a last row that a crash cut
 * off.
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

/** The keys in which two syncs that did nothing must agree to count as repetitions. */
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

/** Whether neither sync did anything, for the same cause. */
function repeats(last: SyncRecord, next: SyncRecord): boolean {
  if (last.outcomes.length + next.outcomes.length > 0) return false;
  return SAME_NOTHING.every((key) => JSON.stringify(last[key]) === JSON.stringify(next[key]));
}
