import { QuadgateError } from "../model/errors.ts";
import { describeSummary } from "../model/plan.ts";
import type { HeldPlan } from "../model/record.ts";
import type { Context } from "../planning/context.ts";

const SHOWN = 12;

export interface ApprovalResult {
  readonly held: HeldPlan;
  /** The end of the approval, as ISO 8601. */
  readonly expiresAt: string;
}

/** Records a person's approval of the held plan, which `digest` may name by its first characters. */
export async function approveHeld(context: Context, digest: string | undefined): Promise<ApprovalResult> {
  const { state } = context;
  const held = await state.readHeld();
  if (held === null) {
    throw new QuadgateError("bad-usage", "no plan is held on this host", {
      hint: "quadgate plan shows what is pending",
    });
  }
  if (digest !== undefined && !isDigestOf(digest, held)) {
    const [now, of] = [held.digest.slice(0, SHOWN), describeSummary(held.summary)];
    const message = `the plan held now is ${now} (${of}, since ${held.at}), not "${digest}"`;
    throw new QuadgateError("bad-usage", message, {
      hint: `look at it with \`quadgate plan\`, then: quadgate approve ${now}`,
    });
  }
  const now = context.host.clock.now();
  const expiresAt = new Date(now.getTime() + held.approvalMs).toISOString();
  await state.writeApproval({ digest: held.digest, expiresAt, approvedAt: now.toISOString() });
  return { held, expiresAt };
}

/** Whether a text names the held plan. Fewer than four characters might name anything. */
function isDigestOf(text: string, held: HeldPlan): boolean {
  return /^[0-9a-f]{4,}$/i.test(text) && held.digest.startsWith(text.toLowerCase());
}
