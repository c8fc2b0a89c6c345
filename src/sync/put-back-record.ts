import { digestOf } from "../lib/digest.ts";
import { reason } from "../model/reasons.ts";
import { PUT_BACK_TRIGGER, type SyncRecord } from "../model/record.ts";
import { textsOf } from "../model/text-status.ts";
import type { Context } from "../planning/context.ts";
import type { PutBackResult } from "./put-back.ts";

/** The record of putting back texts that have ended, which needs no verdict. */
export function makePutBackRecord(
  { host }: Pick<Context, "host">,
  startedAt: string,
  { inventory, outcomes, stuck, plans }: PutBackResult,
): SyncRecord {
  const summary = { create: 0, update: 0, restart: 0, delete: 0, none: 0 };
  for (const { changes } of plans) for (const { action } of changes) summary[action] += 1;
  const instances = [...new Set(outcomes.map(({ instance }) => instance))].sort();
  const ended = instances.flatMap((name) => inventory.failed[name] ?? []);
  const messages = ended.map(({ message }) => message);
  return {
    schemaVersion: 1,
    id: digestOf(`${startedAt}${instances.join(" ")}`).slice(0, 12),
    startedAt,
    finishedAt: host.clock.now().toISOString(),
    trigger: PUT_BACK_TRIGGER,
    host: host.facts.name,
    revision: ended[0]?.revision ?? null,
    appliedRevision: inventory.appliedRevision,
    planDigest: plans.at(-1)?.digest ?? "",
    result: stuck.size > 0 ? "failed" : "rolled-back",
    score: null,
    band: null,
    reasons: [reason("text-ended", messages.join("; "))],
    summary,
    instances,
    outcomes,
    ...textsOf(inventory, instances),
    count: 1,
  };
}
