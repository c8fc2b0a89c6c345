import type { Band, HealthLook, HealthReport } from "./health.ts";
import { type ApprovedIntent, intentKey, intentsOf, isWithin } from "./intent.ts";
import type { Inventory } from "./inventory.ts";
import type { Action, Outcome, Plan, Reason, Risk } from "./plan.ts";
import type { TextStatus } from "./text-status.ts";

export const SYNC_RESULTS = [
  "in-sync",
  "applied",
  "held",
  "blocked",
  "rolled-back",
  "superseded",
  "failed",
] as const;
export type SyncResult = (typeof SYNC_RESULTS)[number];

/** The trigger of records that say what was put back by itself. */
export const PUT_BACK_TRIGGER = "probation";

/** One line of history.jsonl: one sync, or a run of equal ones that changed nothing. */
export interface SyncRecord {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly startedAt: string;
  /** When the gate let the plan pass and applying began; absent if nothing was done. */
  readonly judgedAt?: string;
  readonly finishedAt: string;
  /** What asked for it: `cli`, `poll`, `push`, `webhook`, `socket`, ... */
  readonly trigger: string;
  readonly host: string;
  /** The attempted revision. */
  readonly revision: string | null;
  /** The revision in force when the sync ended. */
  readonly appliedRevision: string | null;
  readonly planDigest: string;
  readonly result: SyncResult;
  /**
   * quadgate was asked to stop before it had done everything: a `failed` result says nothing about what was
   * applied.
   */
  readonly interrupted?: true;
  readonly score: number | null;
  readonly band: Band | null;
  readonly reasons: readonly Reason[];
  /** The risk of the judged plan; absent if there was nothing to apply. */
  readonly risk?: Risk;
  /** Set when `--force --reason` overrode the gate. */
  readonly forced?: string;
  readonly summary: Readonly<Record<Action, number>>;
  /** Instances that the plan meant to change, whatever the result; absent if there were none. */
  readonly instances?: readonly string[];
  /** Instances whose live drift this sync set out to put back by itself (`onDrift: heal`); absent: none. */
  readonly heals?: readonly string[];
  /** Instances with live drift that quadgate put back too often recently and so left alone; absent: none. */
  readonly braked?: readonly string[];
  readonly outcomes: readonly Outcome[];
  /** The texts in force of what the sync changed or took over, as it ended; absent if there were none. */
  readonly texts?: readonly TextStatus[];
  /** How many equal syncs in a row this row covers; 1 unless nothing was done. */
  readonly count: number;
  /** Each look at the host's health, if there was more than one (`gate.retry`). */
  readonly looks?: readonly HealthLook[];
  readonly health?: HealthReport;
  readonly message?: string;
}

/** Why a sync that applied its plan did not see each text settle, although none failed; empty: it did. */
export function unsettledIn({ reasons }: Pick<SyncRecord, "reasons">): readonly Reason[] {
  return reasons.filter(({ code }) => code === "stopped-by-hand" || code === "needed-service-down");
}

/** Milliseconds from one ISO 8601 time to a later one; 0 if the clock was set back in between. */
export function spanMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

/** A person's permission to apply one plan although the score is in the confirm band. */
export interface Approval {
  /** Plan.digest of the plan that may pass. */
  readonly digest: string;
  /**
   * ISO 8601; at this moment it expires. null: a person gives it here and now, and it is never written down.
   */
  readonly expiresAt: string | null;
  /** ISO 8601: when it was given, if it is written down. */
  readonly approvedAt?: string;
  /** What the plan meant to change, from when a sync began to apply it until one has finished it. */
  readonly begun?: readonly ApprovedIntent[];
}

/** How far a clock may be set back while an approval waits. */
const CLOCK_STEP_MS = 60_000;

/**
 * Whether a permission has not expired. A time that cannot be read compares as false, so it counts as
 * expired. A permission from the future counts as expired too: the clock was ahead, so it would count for too
 * long.
 */
export function stillCounts(
  { expiresAt, approvedAt }: Pick<Approval, "expiresAt" | "approvedAt">,
  now: Date,
): boolean {
  if (expiresAt === null) return true;
  const isGiven = approvedAt === undefined || Date.parse(approvedAt) <= now.getTime() + CLOCK_STEP_MS;
  return isGiven && now.getTime() < Date.parse(expiresAt);
}

/**
 * Whether a permission is for this plan: the exact one, or the rest of it after an interrupted sync. The
 * inventory must show every missing part as done, because a part of a plan alone is not what was approved.
 */
export function approves(
  { digest, begun }: Approval,
  plan: Pick<Plan, "digest" | "changes">,
  inventory: Pick<Inventory, "units">,
): boolean {
  if (digest === plan.digest) return true;
  if (begun === undefined) return false;
  const left = new Map(intentsOf(plan).map((one) => [intentKey(one), one]));
  const approved = new Map(begun.map((one) => [intentKey(one), one]));
  const lacking = [...approved].filter(([key]) => !left.has(key)).map(([, one]) => one);
  return (
    [...left].every(([key, one]) => isWithin(one, approved.get(key))) &&
    lacking.every((one) => isDone(one, inventory) || isStarted(one, plan))
  );
}

/** Whether an interrupted sync has put a part in force, and could only not write that down. */
function isStarted({ unit, digest }: ApprovedIntent, { changes }: Pick<Plan, "changes">): boolean {
  return changes.some(
    (one) =>
      one.unit === unit &&
      one.digest === digest &&
      one.action === "none" &&
      one.reasons.some(({ code }) => code === "adopted"),
  );
}

function isDone({ unit, digest }: ApprovedIntent, { units }: Pick<Inventory, "units">): boolean {
  const owned = units[unit];
  return digest === null ? owned === undefined : owned?.digest === digest && owned.pending === undefined;
}

/** A plan that waits for a person, so that `approve` can name it and show why. */
export interface HeldPlan {
  /** Plan.digest */
  readonly digest: string;
  readonly revision: string | null;
  readonly summary: Readonly<Record<Action, number>>;
  readonly reasons: readonly Reason[];
  readonly score: number | null;
  /** ISO 8601: since when this plan is held. */
  readonly at: string;
  /** How the sync was asked for: another way may lead to another plan. */
  readonly asked: {
    readonly attended: boolean;
    /** null: all instances. */
    readonly only: readonly string[] | null;
    readonly retry: boolean;
    readonly allowEmpty: boolean;
    readonly allowPrune: boolean;
  };
  /** Milliseconds for which an approval counts, by the settings of the sync that held the plan. */
  readonly approvalMs: number;
}
