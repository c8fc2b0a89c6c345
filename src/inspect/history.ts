import type { SyncRecord } from "../model/record.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { Context } from "../planning/context.ts";
import { settingsAtHead } from "../planning/head-settings.ts";
import {
  type Correlation,
  correlate,
  type HistoryFilter,
  type ScorePoint,
  scorePoints,
  selectRecords,
} from "../state/index.ts";

export type { BandFigures, Conclusion, Correlation, HistoryFilter, ScorePoint } from "../state/index.ts";

export interface HistoryExcerpt {
  /** The last syncs that match the filter, newest first. */
  readonly records: readonly SyncRecord[];
  /** How many syncs match the filter in all. */
  readonly matching: number;
}

/** The last syncs, at most `limit` of them. */
export async function readHistory(
  context: Context,
  filter: HistoryFilter,
  limit: number,
): Promise<HistoryExcerpt> {
  const records = selectRecords(await context.state.readRecords(), filter);
  return { records: records.slice(-limit).reverse(), matching: records.length };
}

/** How syncs went, by the band of their score. */
export async function correlateHistory(context: Context, filter: HistoryFilter): Promise<Correlation> {
  return correlate(selectRecords(await context.state.readRecords(), filter));
}

export interface HealthHistory {
  /** Oldest first, at most `limit` of them. */
  readonly points: readonly ScorePoint[];
  /** Today's limits, which may differ from those that a sync was judged by. */
  readonly limits: Pick<Settings["gate"], "block" | "confirm">;
}

/** The scores that syncs were judged by. */
export async function readScores(
  context: Context,
  filter: HistoryFilter,
  limit: number,
): Promise<HealthHistory> {
  const records = selectRecords(await context.state.readRecords(), filter);
  const { block, confirm } = (await settingsAtHead(context)).gate;
  return { points: scorePoints(records).slice(-limit), limits: { block, confirm } };
}
