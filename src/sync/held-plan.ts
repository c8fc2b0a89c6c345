import { learningIntents } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import { isEmptyPlan, type Plan, type Verdict } from "../model/plan.ts";
import { type Approval, approves, type HeldPlan, stillCounts } from "../model/record.ts";
import type { Context } from "../planning/context.ts";
import type { State } from "../state/index.ts";

/** How a sync was asked for, as far as its plan depends on that. */
export interface SyncRequest {
  readonly attended: boolean;
  readonly only?: ReadonlySet<string> | undefined;
  readonly retry?: boolean;
  readonly allowEmpty?: boolean;
  readonly allowPrune?: boolean;
}

/** The plan of a sync, and the inventory that the plan was made from. */
interface Situation {
  readonly plan: Plan;
  readonly inventory: Inventory;
}

/**
 * Keeps a plan that waits for a person, so that `approve` can name it. Removes an approval that has expired
 * or that is for another plan. An approval of this very plan stays, because it arrived while the gate judged.
 * Also removes the plan that was held before if the gate now has another one.
 */
export async function keepHeld(
  { host, state }: Context,
  found: Situation & { readonly verdict: Verdict; readonly approvalMs: number },
  asked: SyncRequest,
): Promise<void> {
  const { plan, inventory, verdict, approvalMs } = found;
  const { digest, revision, summary } = plan;
  const [before, approval] = await Promise.all([state.readHeld(), state.readApproval()]);
  const isSame = before?.digest === digest;
  const isHeld = verdict.state === "held";
  const isOver = isHeld || supersedes(asked, plan, before);
  const now = host.clock.now();
  if (approval !== null && isVoid(approval, { plan, inventory, isOver, now })) await state.clearApproval();
  if (before !== null && !isSame && !isHeld && isOver) await state.clearHeld();
  if (!isHeld) return;
  const { reasons, score } = verdict;
  const at = isSame ? before.at : now.toISOString();
  await state.writeHeld({ digest, revision, summary, reasons, score, at, asked: askedOf(asked), approvalMs });
}

function isVoid(
  approval: Approval,
  { plan, inventory, isOver, now }: Situation & { readonly isOver: boolean; readonly now: Date },
): boolean {
  if (!stillCounts(approval, now)) return true;
  return isOver && !approves(approval, plan, inventory);
}

/**
 * Whether a sync replaces the plan that was held before. It does if it covers all instances of that plan and
 * was asked for in the same way; the latter does not matter if git has changed since. If there is only an
 * approval, it is not known how its plan was asked for.
 */
function supersedes(
  asked: SyncRequest,
  { revision }: Pick<Plan, "revision">,
  held: HeldPlan | null,
): boolean {
  const { only } = asked;
  if (only === undefined && held === null) return true;
  if (held === null) return false;
  const { asked: before } = held;
  const all = only === undefined || (before.only?.every((instance) => only.has(instance)) ?? false);
  const alike = (asked.attended || !before.attended) && (asked.retry === true || !before.retry);
  return all && (alike || revision !== held.revision);
}

function askedOf({ attended, only, retry, allowEmpty, allowPrune }: SyncRequest): HeldPlan["asked"] {
  return {
    attended,
    only: only === undefined ? null : [...only].sort(),
    retry: retry === true,
    allowEmpty: allowEmpty === true,
    allowPrune: allowPrune === true,
  };
}

/**
 * Remembers that an approved plan is being applied, or that its images are being brought. If that is
 * interrupted, the rest may pass too. `learning`: the instances whose images are not known yet.
 */
export async function markBegun(
  state: State,
  { plan, inventory }: Situation,
  learning: ReadonlySet<string> = new Set(),
): Promise<void> {
  const approval = await state.readApproval();
  if (approval === null || approval.begun !== undefined || isEmptyPlan(plan)) return;
  if (!approves(approval, plan, inventory)) return;
  await state.writeApproval({ ...approval, begun: learningIntents(plan, learning) });
}

/**
 * Ends the wait of the plan that a sync applied, and of a held plan that the sync covers. The approval is
 * used up, unless the sync has left out a part of the plan: it was asked to stop, or an image is missing. A
 * plan that waits for a sync of other instances keeps waiting.
 */
export async function letGo(
  state: State,
  { plan, inventory, isWhole }: Situation & { readonly isWhole: boolean },
  asked: SyncRequest,
): Promise<void> {
  const [held, approval] = await Promise.all([state.readHeld(), state.readApproval()]);
  const isOver = supersedes(asked, plan, held);
  const isUsed = approval !== null && approves(approval, plan, inventory);
  if (approval !== null && isWhole && (isUsed || isOver)) await state.clearApproval();
  if (held !== null && (isOver || held.digest === plan.digest)) await state.clearHeld();
}
