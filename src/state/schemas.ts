import * as z from "zod";
import type { Inventory } from "../model/inventory.ts";
import { PLAIN_KINDS } from "../model/plain-unit.ts";
import { type Approval, type HeldPlan, SYNC_RESULTS, type SyncRecord } from "../model/record.ts";
import type { Suspension } from "../model/suspension.ts";
import { UNIT_KINDS } from "../model/unit.ts";

/**
 * The shapes of the files in the state directory. They are exact, because quadgate itself writes the files.
 */

const text = z.string();
const nullable = text.nullable();
const reason = z.object({ code: text, message: text });
const band = z.enum(["proceed", "confirm", "block"]).nullable();
const count = z.int().min(0);

const inventoryUnit = z.strictObject({
  instance: text,
  service: nullable,
  digest: nullable,
  revision: nullable,
  found: z.array(text).exactOptional(),
  links: z.array(text).exactOptional(),
  pending: z
    .strictObject({
      action: z.enum(["create", "update", "restart", "delete"]),
      digest: nullable,
      atMs: z.number().exactOptional(),
      reloadOnly: z.literal(true).exactOptional(),
    })
    .exactOptional(),
});

const moment = z.strictObject({ boot: text, ms: z.number() });
const imageIds = z.record(text, text);

const judgedRun = z.strictObject({
  invocation: text,
  askedMs: z.number().exactOptional(),
  goodMs: z.number().exactOptional(),
  stopped: z.strictObject({ by: text.exactOptional() }).exactOptional(),
});

const textInForce = z.strictObject({
  state: z.enum(["fresh", "settled", "good"]),
  since: text,
  digest: text,
  attempt: text,
  revision: nullable,
  images: imageIds,
  rules: z.strictObject({
    timeoutMs: z.number().min(0),
    stableMs: z.number().min(0),
    probationMs: z.number().min(0),
    ends: z.boolean(),
    afterUpdate: z.array(text).exactOptional(),
  }),
  back: z.literal(true).exactOptional(),
  from: moment,
  paused: z.literal(true).exactOptional(),
  booting: z.literal(true).exactOptional(),
  settledMs: z.number().exactOptional(),
  runs: z.record(text, judgedRun),
  restarted: z.array(text).exactOptional(),
  appliedFrom: count.exactOptional(),
  stopped: text.exactOptional(),
});

const keptText = z.strictObject({
  state: z.enum(["settled", "good"]),
  digest: text,
  attempt: text,
  revision: nullable,
  generation: text,
  images: imageIds,
  appliedFrom: count.exactOptional(),
});

export const inventorySchema: z.ZodType<Inventory> = z.strictObject({
  schemaVersion: z.literal(1),
  appliedRevision: nullable,
  appliedRevisions: z.array(z.strictObject({ revision: text, number: count })).default([]),
  generation: nullable,
  units: z.record(text, inventoryUnit),
  ignoreDrift: z.record(text, z.array(text)).default({}),
  suspended: z.array(text).default([]),
  unpruned: z.array(text).default([]),
  orphaned: z.array(text).default([]),
  failed: z.record(
    text,
    z.strictObject({
      digest: text,
      revision: nullable,
      message: text,
      at: text,
      before: nullable.exactOptional(),
      because: text.exactOptional(),
      images: imageIds.exactOptional(),
      units: z.array(text).exactOptional(),
      output: z.array(text).exactOptional(),
    }),
  ),
  texts: z.record(text, textInForce).default({}),
  kept: z.record(text, z.array(keptText)).default({}),
  due: z.array(text).default([]),
  settlingRevision: nullable.default(null),
});

const storedUnit = z.strictObject({
  name: text,
  kind: z.enum([...UNIT_KINDS, ...PLAIN_KINDS, "dropin", "file"]),
  instance: text,
  mode: text,
  digest: text,
  origin: z.strictObject({
    file: text,
    line: z.number().exactOptional(),
    column: z.number().exactOptional(),
  }),
  /** Only for kind `file`; Quadlet sources and drop-ins are next to the manifest under their own names. */
  content: text.exactOptional(),
});

export const manifestSchema = z.strictObject({ schemaVersion: z.literal(1), units: z.array(storedUnit) });

const madeFolder = z.object({
  path: text,
  mode: text,
  owner: z.object({ uid: count, gid: count }).exactOptional(),
  nocow: z.boolean(),
});

export const approvalSchema: z.ZodType<Approval> = z.object({
  digest: text,
  expiresAt: text,
  approvedAt: text.exactOptional(),
  begun: z
    .array(
      z.object({
        unit: text,
        digest: nullable,
        hooks: text.exactOptional(),
        folders: z.array(madeFolder).exactOptional(),
        image: text.exactOptional(),
        learns: z.literal(true).exactOptional(),
        reloadOnly: z.literal(true).exactOptional(),
      }),
    )
    .exactOptional(),
});

export const suspensionSchema: z.ZodType<Suspension> = z.object({
  since: nullable,
  until: nullable,
  reason: nullable,
});

const summary = z.strictObject({ create: count, update: count, restart: count, delete: count, none: count });

export const heldSchema: z.ZodType<HeldPlan> = z.object({
  digest: text,
  revision: nullable,
  summary,
  reasons: z.array(reason),
  score: z.number().nullable(),
  at: text,
  asked: z.object({
    attended: z.boolean(),
    only: z.array(text).nullable(),
    retry: z.boolean(),
    allowEmpty: z.boolean(),
    allowPrune: z.boolean(),
  }),
  approvalMs: z.number().min(0),
});

export const verifiedSchema = z.object({ texts: z.array(text) });

const finding = z.object({ code: text, message: text, action: text.exactOptional() });

const health = z.object({
  provider: text,
  score: z.number(),
  observedAt: text,
  critical: z.array(finding),
  warnings: z.array(finding),
  info: z.array(finding),
  metrics: z.record(text, z.union([text, z.number()])),
});

const risk = z.object({
  level: z.enum(["low", "medium", "high"]),
  terms: z.array(z.object({ code: text, message: text, weight: count })),
});

const outcome = z.object({
  instance: text,
  unit: text,
  outcome: z.enum(["created", "updated", "restarted", "deleted", "unchanged", "skipped", "failed"]),
  durationMs: z.number(),
  message: text.exactOptional(),
});

const textStatus = z.object({
  instance: text,
  state: z.enum(["fresh", "settled", "good"]),
  since: text,
  stopped: text.exactOptional(),
  due: z.literal(true).exactOptional(),
});

export const recordSchema: z.ZodType<SyncRecord> = z.object({
  schemaVersion: z.literal(1),
  id: text,
  startedAt: text,
  judgedAt: text.exactOptional(),
  finishedAt: text,
  trigger: text,
  host: text,
  revision: nullable,
  appliedRevision: nullable,
  planDigest: text,
  result: z.enum(SYNC_RESULTS),
  interrupted: z.literal(true).exactOptional(),
  score: z.number().nullable(),
  band,
  reasons: z.array(reason),
  risk: risk.exactOptional(),
  forced: text.exactOptional(),
  summary,
  instances: z.array(text).exactOptional(),
  heals: z.array(text).exactOptional(),
  braked: z.array(text).exactOptional(),
  outcomes: z.array(outcome),
  texts: z.array(textStatus).exactOptional(),
  count: z.int().min(1),
  looks: z.array(z.object({ at: text, score: z.number().nullable() })).exactOptional(),
  health: health.exactOptional(),
  message: text.exactOptional(),
});
