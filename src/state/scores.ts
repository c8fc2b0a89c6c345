import type { Band } from "../model/health.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";

/** The health score of the host in one sync. */
export interface ScorePoint {
  /** ISO 8601: when the sync ended. */
  readonly at: string;
  readonly score: number;
  readonly band: Band | null;
  readonly result: SyncResult;
}

/** The scores that syncs were judged by, in the order of the records. A sync without a gate has none. */
export function scorePoints(records: readonly SyncRecord[]): readonly ScorePoint[] {
  return records.flatMap(({ finishedAt, score, band, result }) =>
    score === null ? [] : [{ at: finishedAt, score, band, result }],
  );
}
