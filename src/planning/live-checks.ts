import type { CheckResult } from "../model/check.ts";
import { type CheckTarget, runChecks } from "../verify/checks/run-checks.ts";
import { type Context, step } from "./context.ts";
import type { RenderedState } from "./desired.ts";

/** How long a failing check is repeated: after a deployment, and at any other time. */
export const CHECK_GRACE_MS = { deployed: 10_000, running: 2_000 };

/**
 * Runs the checks from the patterns of these instances on what runs now. Changes nothing. Raw Quadlets have
 * no checks.
 */
export async function validateInstances(
  context: Context,
  desired: RenderedState,
  instances: readonly string[],
  graceMs: number,
): Promise<readonly CheckResult[]> {
  const targets = instances.flatMap((instance) => targetsOf(desired, instance));
  return step(context, "validate", async () => {
    const results = await runChecks(context.host, targets, { graceMs, emit: context.emit });
    const count = (status: CheckResult["status"]) => results.filter((one) => one.status === status).length;
    const counts = { passed: count("passed"), failed: count("failed"), "not-checked": count("not-checked") };
    context.emit({ type: "checked", counts });
    return results;
  });
}

function targetsOf({ described, generated }: RenderedState, instance: string): readonly CheckTarget[] {
  const { checks = [], commonIssues = [] } = described.get(instance) ?? {};
  return checks.map((check) => ({
    instance,
    check,
    commonIssues,
    service: generated.byUnit.get(check.unit)?.service ?? check.unit,
  }));
}
