import type { SyncRecord } from "../model/record.ts";

/** By instance: the times since `since` (milliseconds) at which syncs healed its live drift, oldest first. */
export function healsSince(
  records: readonly SyncRecord[],
  since: number,
): ReadonlyMap<string, readonly string[]> {
  const times = new Map<string, string[]>();
  for (const { finishedAt, heals = [] } of records) {
    if (!(Date.parse(finishedAt) > since)) continue;
    for (const instance of heals) times.set(instance, [...(times.get(instance) ?? []), finishedAt]);
  }
  return times;
}
