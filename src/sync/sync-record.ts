import { digestOf } from "../lib/digest.ts";
import type { Inventory } from "../model/inventory.ts";
import {
  type Change,
  isAfterFailure,
  isBad,
  isEmptyPlan,
  isHeal,
  type Outcome,
  type Plan,
  type Reason,
} from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";
import { textsOf } from "../model/text-status.ts";
import { isAsked } from "../plan/index.ts";
import type { Context } from "../planning/context.ts";
import type { Judgement } from "../planning/judgement.ts";
import type { Convergence } from "./converge.ts";
import type { TextEnding } from "./text-ending.ts";

/** What the record of a sync is made from. */
interface EndedSync {
  readonly startedAt: string;
  readonly trigger: string;
  readonly forced: string | undefined;
  readonly plan: Plan;
  readonly judgement: Judgement;
  readonly inventory: Inventory;
  readonly outcomes: readonly Outcome[];
  readonly result: SyncResult;
  /** Why texts that it applied have not settled although none of them failed. */
  readonly unsettled: readonly Reason[];
  /** Whether quadgate was asked to end while the sync ran. */
  readonly stopped: boolean;
}

/** Makes the record of a sync, as the history keeps it. */
export function makeRecord(context: Context, sync: EndedSync): SyncRecord {
  const { startedAt, trigger, forced, plan, inventory, outcomes, result, stopped, unsettled } = sync;
  const { verdict, health, looks, judgedAt } = sync.judgement;
  return {
    schemaVersion: 1,
    id: digestOf(`${startedAt}${plan.digest}`).slice(0, 12),
    startedAt,
    ...(outcomes.length > 0 ? { judgedAt } : {}),
    finishedAt: context.host.clock.now().toISOString(),
    trigger,
    host: plan.host,
    revision: plan.revision,
    appliedRevision: inventory.appliedRevision,
    planDigest: plan.digest,
    result,
    ...(stopped && result === "failed" ? { interrupted: true } : {}),
    score: verdict.score,
    band: verdict.band,
    reasons: [...verdict.reasons, ...unsettled],
    ...(isEmptyPlan(plan) ? {} : { risk: verdict.risk }),
    ...(forced !== undefined && verdict.reasons.some(({ code }) => code === "forced") ? { forced } : {}),
    summary: plan.summary,
    ...concerned(plan, verdict),
    outcomes,
    ...textsOf(inventory, instancesOf(plan, isTried)),
    count: 1,
    ...(looks === undefined ? {} : { looks }),
    ...(health?.ok ? { health: health.report } : {}),
  };
}

/** The instances that a plan changes, heals, or would heal without the brake. Leaves out empty lists. */
function concerned(
  plan: Plan,
  { state }: Judgement["verdict"],
): Pick<SyncRecord, "instances" | "heals" | "braked"> {
  const instances = instancesOf(plan, ({ action }) => action !== "none");
  const heals = state === "open" ? instancesOf(plan, isHeal) : [];
  const braked = instancesOf(plan, ({ reasons }) => reasons.some(({ code }) => code === "heal-braked"));
  return {
    ...(instances.length > 0 && { instances }),
    ...(heals.length > 0 && { heals }),
    ...(braked.length > 0 && { braked }),
  };
}

function isTried({ action, reasons }: Change): boolean {
  return action !== "none" || reasons.some(({ code }) => code === "adopted");
}

function instancesOf({ changes }: Plan, condition: (change: Change) => boolean): readonly string[] {
  return [...new Set(changes.filter(condition).map(({ instance }) => instance))].sort();
}

function isPutBack({ action, reasons }: Change): boolean {
  return action !== "none" && reasons.some(({ code }) => code === "rollback-unfinished");
}

/** The instances that a sync was asked for and leaves alone because their desired state failed before. */
export function failedBeforeIn(
  { leftAlone }: Pick<Plan, "leftAlone">,
  only: ReadonlySet<string> | undefined,
): readonly string[] {
  return [...leftAlone].flatMap(([name, why]) => (isAsked(only, name) && isAfterFailure(why) ? [name] : []));
}

/** The result of a sync that the gate let through. */
export function resultOf(plan: Plan, done: Convergence, only: ReadonlySet<string> | undefined): SyncResult {
  const isBack = done.inventory.due.length === 0;
  if (done.failed.size > 0)
    return isBack && done.putBack.size === done.failed.size ? "rolled-back" : "failed";
  if (!isEmptyPlan(plan)) {
    if (!plan.changes.some(isPutBack)) return "applied";
    return isBack ? "rolled-back" : "failed";
  }
  if (!isBack) return "failed";
  return failedBeforeIn(plan, only).length > 0 ? "rolled-back" : "in-sync";
}

/** The outcomes and the result of a sync, with what became of the texts that it applied. */
export function withEndings(
  { outcomes, result }: { readonly outcomes: readonly Outcome[]; readonly result: SyncResult },
  endings: ReadonlyMap<string, TextEnding>,
  /** Whether what becomes of some texts is not known yet, because quadgate was asked to end. */
  isOpen: boolean,
): { readonly outcomes: readonly Outcome[]; readonly result: SyncResult } {
  const after = outcomes.map((one): Outcome => {
    const ending = endings.get(one.instance);
    // What the start or its own end says of a unit is more exact.
    const isSaid = isBad(one);
    if (ending?.kind === "put-back" || ending?.kind === "stuck") {
      const hasFailed = !isSaid && (ending.units?.includes(one.unit) ?? true);
      return hasFailed ? { ...one, outcome: "failed", message: ending.message } : one;
    }
    return ending?.kind === "stopped" ? { ...one, message: ending.message } : one;
  });
  const kinds = new Set([...endings.values()].map(({ kind }) => kind));
  if (isOpen || kinds.has("stuck") || kinds.has("unfinished") || result === "failed")
    return { outcomes: after, result: "failed" };
  if (kinds.has("put-back")) return { outcomes: after, result: "rolled-back" };
  const isSuperseded = kinds.has("superseded") && result === "applied";
  return { outcomes: after, result: isSuperseded ? "superseded" : result };
}

/** Why texts that a sync has applied do not settle for now, although none of them failed. */
export function unsettledBy(endings: ReadonlyMap<string, TextEnding>): readonly Reason[] {
  return [...endings.values()].flatMap((one) =>
    one.kind === "stopped"
      ? [reason(one.isAlong ? "needed-service-down" : "stopped-by-hand", one.message)]
      : [],
  );
}
