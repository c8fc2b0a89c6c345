import type { Context } from "./context.ts";
import { openState } from "./history/index.ts";
import { QuadgateError } from "./model/errors.ts";
import type { HeldPlan } from "./model/record.ts";

/** How long an approval counts. */
const APPROVAL_MS = 60 * 60 * 1_000;

/** Records a person's permission for the plan that is held, which `digest` may name by its first characters. */
export async function approveHeld(context: Context, digest: string | undefined): Promise<HeldPlan> {
  const state = openState(context.host);
  const held = await state.readHeld();
  if (held === null) {
    throw new QuadgateError("bad-usage", "no plan is held on this host", {
      hint: "quadgate plan shows what is pending",
    });
  }
  if (digest !== undefined && !held.digest.startsWith(digest)) {
    throw new QuadgateError("bad-usage", `the held plan is ${held.digest.slice(0, 12)}, not ${digest}`, {
      hint: "look at it with `quadgate plan`, then approve its digest",
    });
  }
  const expiresAt = new Date(context.host.clock.now().getTime() + APPROVAL_MS).toISOString();
  await state.writeApproval({ digest: held.digest, expiresAt });
  return held;
}
