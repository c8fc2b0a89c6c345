import type { Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Finding, GateInput } from "./input.ts";

/** A plan that a person must confirm: open where the person's approval is for this very plan and still counts. */
export function confirmed({ approval, plan, now }: GateInput, reasons: readonly Reason[]): Finding {
  if (approval === null) return { state: "held", reasons };
  if (approval.digest !== plan.digest) {
    return { state: "held", reasons: withNote(reasons, "the approval at hand is for another plan") };
  }
  const { expiresAt } = approval;
  if (expiresAt === null) return { state: "open", reasons: [reason("approved"), ...reasons] };
  // A time that cannot be read compares as false, so it counts as expired.
  if (!(Date.parse(now) < Date.parse(expiresAt))) {
    return { state: "held", reasons: withNote(reasons, `the approval expired at ${expiresAt}`) };
  }
  const approved = reason("approved", `a person approved this plan; the approval counts until ${expiresAt}`);
  return { state: "open", reasons: [approved, ...reasons] };
}

function withNote([first, ...rest]: readonly Reason[], note: string): readonly Reason[] {
  return first === undefined ? [] : [{ ...first, message: `${first.message}; ${note}` }, ...rest];
}
