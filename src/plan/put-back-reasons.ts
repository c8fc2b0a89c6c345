import type { FailedAttempt } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";

/** Says of instances that go back to what was in force before that they do, and why; also where they are kept from it. */
export function withPutBackReasons(
  plan: Plan,
  putBack: ReadonlySet<string> | undefined,
  failed: Readonly<Record<string, FailedAttempt>>,
): Plan {
  if (putBack === undefined) return plan;
  const changes = plan.changes.map((change) => {
    const attempt = failed[change.instance];
    const isTold = change.action !== "none" || change.reasons.length > 0;
    if (!putBack.has(change.instance) || attempt === undefined || !isTold) return change;
    const message = `is to go back to what was in force before, for the desired state in git failed (${attempt.message}); --retry tries that again`;
    return { ...change, reasons: [reason("rollback-unfinished", message), ...change.reasons] };
  });
  return { ...plan, changes };
}
