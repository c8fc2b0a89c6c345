import type { Band } from "../model/health.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";

/** One look at the host's health that a sync took. */
export interface ScorePoint {
  /** ISO 8601: when the sync ended. */
  readonly at: string;
  readonly score: number;
  readonly band: Band | null;
  readonly result: SyncResult;
}

/** The scores that syncs were judged by, in the order of the records. A sync that needed no gate has none. */
export function scorePoints(records: readonly SyncRecord[]): readonly ScorePoint[] {
  return records.flatMap(({ finishedAt, score, band, result }) =>
    score === null ? [] : [{ at: finishedAt, score, band, result }],
  );
}
