import type { Change } from "../model/plan.ts";
import type { GateInput } from "./input.ts";

/**
 * Whether the plan does nothing but bring back what was verified on this host before: everything it writes
 * or restarts was verified, and whatever it deletes was not. So a revert of a bad commit counts, also where
 * it removes the newcomer that the commit added, while the removal of a proven service does not.
 */
export function isRestore(input: GateInput): boolean {
  const { settings, plan } = input;
  return settings.restore === "allow" && plan.changes.every((change) => restores(change, input));
}

function restores(change: Change, { verified, inventory }: GateInput): boolean {
  if (change.action === "none") return true;
  if (change.action !== "delete") return change.digest !== null && verified.has(change.digest);
  const applied = inventory.units[change.unit]?.digest ?? null;
  return applied === null || !verified.has(applied);
}
