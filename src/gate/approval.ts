import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { approves, stillCounts } from "../model/record.ts";
import type { Finding, GateInput } from "./input.ts";

/** A plan that a person must confirm: open if an approval exists that is for this plan and still counts. */
export function confirmed(
  { approval, plan, inventory, now }: GateInput,
  reasons: readonly Reason[],
): Finding {
  if (approval === null) return { state: "held", reasons };
  if (!approves(approval, plan, inventory)) {
    return { state: "held", reasons: withNote(reasons, "the existing approval is for another plan") };
  }
  const { expiresAt } = approval;
  if (expiresAt === null) return { state: "open", reasons: [reason("approved"), ...reasons] };
  if (!stillCounts(approval, new Date(now))) {
    const isAhead = Date.parse(now) < Date.parse(expiresAt);
    const note = isAhead
      ? `the approval was given at ${approval.approvedAt}, while the clock was ahead`
      : `the approval expired at ${expiresAt}`;
    return { state: "held", reasons: withNote(reasons, note) };
  }
  const what = approval.digest === plan.digest ? "this plan" : "the plan that this one continues";
  const approved = reason("approved", `a person approved ${what}; the approval counts until ${expiresAt}`);
  return { state: "open", reasons: [approved, ...reasons] };
}

function withNote([first, ...rest]: readonly Reason[], note: string): readonly Reason[] {
  return first === undefined ? [] : [{ ...first, message: `${first.message}; ${note}` }, ...rest];
}
