import { type SyncRecord, type SyncResult, spanMs } from "../../model/record.ts";
import type { LogFields, Logger, LogLevel } from "../log.ts";

const LEVELS: Readonly<Record<SyncResult, LogLevel>> = {
  "in-sync": "debug",
  applied: "info",
  held: "warn",
  blocked: "warn",
  "rolled-back": "error",
  superseded: "info",
  failed: "error",
};

/**
 * Logs the outcome of syncs. A sync that changed nothing is logged at `debug`. So is one with the outcome of
 * the sync before it: a plan that is held for days is one warning, not one at every poll. Drift that quadgate
 * heals no longer, because it has done so too often, is a warning too. A sync that the end of the daemon cut
 * short is not an error.
 */
export function createSyncLog(log: Logger): (record: SyncRecord) => void {
  let last = "";
  return (record) => {
    const braked = record.braked ?? [];
    const key = [record.result, record.revision, record.planDigest, ...braked].join(" ");
    const level = key === last ? "debug" : levelOf(record);
    last = key;
    log[level](recordFields(record), "sync finished");
  };
}

function levelOf({ result, braked = [], interrupted }: SyncRecord): LogLevel {
  if (interrupted) return "info";
  return braked.length > 0 && result === "in-sync" ? "warn" : LEVELS[result];
}

function recordFields(record: SyncRecord): LogFields {
  const { none: _, ...changes } = record.summary;
  return {
    id: record.id,
    trigger: record.trigger,
    result: record.result,
    ...(record.interrupted === undefined ? {} : { interrupted: true }),
    revision: record.revision,
    ...(record.appliedRevision === record.revision ? {} : { appliedRevision: record.appliedRevision }),
    score: record.score,
    changes: Object.fromEntries(Object.entries(changes).filter(([, count]) => count > 0)),
    failed: record.outcomes.filter((outcome) => outcome.outcome === "failed").map((outcome) => outcome.unit),
    reasons: record.reasons.map((reason) => reason.code),
    ...(record.heals === undefined ? {} : { heals: record.heals }),
    ...(record.braked === undefined ? {} : { braked: record.braked }),
    ...(record.looks === undefined ? {} : { scores: record.looks.map(({ score }) => score) }),
    durationMs: spanMs(record.startedAt, record.finishedAt),
    ...(record.message === undefined ? {} : { message: record.message }),
  };
}
