import type { Context } from "./context.ts";
import type { State } from "./history/index.ts";
import type { Inventory } from "./model/inventory.ts";
import { isEmptyPlan, type Plan, type Verdict } from "./model/plan.ts";
import { approves, type HeldPlan, intentsOf } from "./model/record.ts";

/** How a sync is asked for, as far as its plan depends on it. */
export interface Asked {
  readonly attended: boolean;
  readonly only?: ReadonlySet<string> | undefined;
  readonly retry?: boolean;
  readonly allowEmpty?: boolean;
  readonly allowPrune?: boolean;
}

/**
 * Keeps a plan that waits for a person, so that `approve` can name it. An approval of another plan, or one that has
 * expired, is void from here on; so is the plan that was held before, where the gate now has another one.
 */
export async function keepHeld(
  context: Context,
  state: State,
  found: {
    readonly plan: Plan;
    readonly inventory: Inventory;
    readonly verdict: Verdict;
    readonly approvalMs: number;
  },
  asked: Asked,
): Promise<void> {
  const { plan, inventory, verdict, approvalMs } = found;
  const { digest, revision, summary } = plan;
  const [before, approval] = await Promise.all([state.readHeld(), state.readApproval()]);
  const isSame = before?.digest === digest;
  const isHeld = verdict.state === "held";
  if (approval !== null && (isHeld || !approves(approval, plan, inventory))) await state.clearApproval();
  if (before !== null && !isSame && !isHeld) await state.clearHeld();
  if (!isHeld) return;
  const { reasons, score } = verdict;
  const at = isSame ? before.at : context.host.clock.now().toISOString();
  await state.writeHeld({ digest, revision, summary, reasons, score, at, asked: askedOf(asked), approvalMs });
}

function askedOf({ attended, only, retry, allowEmpty, allowPrune }: Asked): HeldPlan["asked"] {
  return {
    attended,
    only: only === undefined ? null : [...only].sort(),
    retry: retry === true,
    allowEmpty: allowEmpty === true,
    allowPrune: allowPrune === true,
  };
}

/** Remembers that a plan which a person approved is being applied: should that be cut short, the rest may pass as well. */
export async function markBegun(state: State, plan: Plan, inventory: Inventory): Promise<void> {
  const approval = await state.readApproval();
  if (approval === null || approval.begun !== undefined || isEmptyPlan(plan)) return;
  if (approves(approval, plan, inventory)) await state.writeApproval({ ...approval, begun: intentsOf(plan) });
}

/** A sync has ended: no plan waits any more, and a permission is used up, unless the sync was told to stop on the way. */
export async function letGo(state: State, signal: AbortSignal | undefined): Promise<void> {
  if (!signal?.aborted) await state.clearApproval();
  await state.clearHeld();
}
