import type { SyncRecord, SyncResult } from "../model/record.ts";

/** Which syncs to select; an absent key does not filter. */
export interface HistoryFilter {
  /** Syncs that changed one of these instances, or wanted to. */
  readonly instances?: ReadonlySet<string> | undefined;
  readonly results?: ReadonlySet<SyncResult> | undefined;
  /** ISO 8601: syncs that ended at this time or later. */
  readonly since?: string | undefined;
  /** ISO 8601: syncs that began at this time or earlier. */
  readonly until?: string | undefined;
}

/** The records that pass the filter, in the given order. */
export function selectRecords(records: readonly SyncRecord[], filter: HistoryFilter): readonly SyncRecord[] {
  const from = filter.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(filter.since);
  const to = filter.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(filter.until);
  return records.filter(
    (record) =>
      Date.parse(record.finishedAt) >= from &&
      Date.parse(record.startedAt) <= to &&
      (filter.results === undefined || filter.results.has(record.result)) &&
      (filter.instances === undefined || concerns(record, filter.instances)),
  );
}

function concerns(record: SyncRecord, instances: ReadonlySet<string>): boolean {
  return [...(record.instances ?? []), ...record.outcomes.map(({ instance }) => instance)].some((name) =>
    instances.has(name),
  );
}
