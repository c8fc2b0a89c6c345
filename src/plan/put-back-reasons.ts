import type { FailedAttempt } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";

/**
 * Adds to the changes of instances that are put back that they are, and why; also if something prevents it.
 */
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
    const message =
      "it is put back to what was in force before because the desired state in git failed " +
      `(${attempt.message}); --retry tries that again`;
    // That git has another text is said of the text that is put back, which git does not have.
    const others = change.reasons.filter(({ code }) => code !== "unit-changed");
    return { ...change, reasons: [reason("rollback-unfinished", message), ...others] };
  });
  return { ...plan, changes };
}
