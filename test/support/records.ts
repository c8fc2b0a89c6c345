import type { SyncRecord } from "../../src/model/record.ts";

/** A sync that updated one unit and took half a minute, the given number of minutes after noon. */
export function syncRecord(minute: number, overrides: Partial<SyncRecord> = {}): SyncRecord {
  const at = Date.parse("2026-01-01T12:00:00.000Z") + minute * 60_000;
  return {
    schemaVersion: 1,
    id: `sync-${minute}`,
    startedAt: new Date(at).toISOString(),
    finishedAt: new Date(at + 30_000).toISOString(),
    trigger: "poll",
    host: "htpc",
    revision: "c0ffee",
    appliedRevision: "c0ffee",
    planDigest: "d",
    result: "applied",
    score: 91,
    band: "proceed",
    reasons: [{ code: "health-proceed", message: "m" }],
    summary: { create: 0, update: 1, restart: 0, delete: 0, none: 0 },
    instances: ["web"],
    outcomes: [{ instance: "web", unit: "web.container", outcome: "updated", durationMs: 12 }],
    count: 1,
    ...overrides,
  };
}
