import type { FailedAttempt } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";

/** Says of instances that go back to what was in force before that they do, and why; also where they are kept from it. */
export function withGoingBack(
  plan: Plan,
  goingBack: ReadonlySet<string> | undefined,
  failed: Readonly<Record<string, FailedAttempt>>,
): Plan {
  if (goingBack === undefined) return plan;
  const changes = plan.changes.map((change) => {
    const attempt = failed[change.instance];
    const isTold = change.action !== "none" || change.reasons.length > 0;
    if (!goingBack.has(change.instance) || attempt === undefined || !isTold) return change;
    const message = `is to go back to what was in force before, for the desired state in git failed (${attempt.message}); --retry tries that again`;
    return { ...change, reasons: [reason("rollback-unfinished", message), ...change.reasons] };
  });
  return { ...plan, changes };
}
