import type { FieldDrift, UnitDrift } from "../model/drift.ts";
import type { Change } from "../model/plan.ts";

/**
 * Drops restarts if the reload that other changes cause is enough: a pod gains or loses a member, and only
 * the order of services differs. Without such changes a restart is needed, as for any unit that systemd has
 * not reloaded.
 */
export function withoutReloadOnly(
  changes: readonly Change[],
  drift: ReadonlyMap<string, UnitDrift<unknown>>,
): readonly Change[] {
  if (!changes.some(writesUnit)) return changes;
  return changes.map((change) => {
    const fields = drift.get(change.unit)?.fields.filter(({ status }) => status === "drift") ?? [];
    const isEnough = change.action === "restart" && fields.length > 0 && fields.every(isOrder);
    return isEnough ? { ...change, action: "none", reasons: [], diff: [] } : change;
  });
}

/** Whether a change writes or removes a file of the unit directory, after which systemd is reloaded. */
function writesUnit({ action, unit }: Change): boolean {
  return /^(create|update|delete)$/.test(action) && !unit.startsWith("/");
}

function isOrder({ cause, kinds = [] }: FieldDrift): boolean {
  return cause === "not-reloaded" && kinds.length > 0 && kinds.every((kind) => kind === "order");
}
