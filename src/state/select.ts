import type { SyncRecord, SyncResult } from "../model/record.ts";

/** Which syncs to look at; what is absent does not matter. */
export interface HistoryFilter {
  /** Syncs that changed one of these, or wanted to. */
  readonly instances?: ReadonlySet<string> | undefined;
  readonly results?: ReadonlySet<SyncResult> | undefined;
  /** ISO 8601: syncs that ended then or later. */
  readonly since?: string | undefined;
  /** ISO 8601: syncs that began then or earlier. */
  readonly until?: string | undefined;
}

/** The records that a filter lets through, in the order in which they are given. */
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
