import { reason } from "../../model/reasons.ts";
import type { Finding, GateInput, Rule } from "../input.ts";

/**
 * Git asks for nothing on this host, and all that quadgate has here would go: more often a wrong branch,
 * path or host name than a wish. Instances that are frozen exist in git, so with them it is not empty.
 */
export const emptyDesiredState: Rule = { name: "empty-desired-state", forceable: false, judge };

function judge(input: GateInput): Finding | null {
  const { plan, inventory, allowEmpty } = input;
  // What is half deleted passed this rule once; a sync that was killed on the way must converge.
  const owned = Object.keys(inventory.units).filter(
    (unit) => inventory.units[unit]?.pending?.action !== "delete",
  );
  if (allowEmpty || owned.length === 0 || plan.frozen.size > 0) return null;
  const deleted = new Set(plan.changes.filter((c) => c.action === "delete").map((c) => c.unit));
  const wanted = plan.changes.some((change) => change.action !== "delete");
  if (wanted || !owned.every((unit) => deleted.has(unit))) return null;
  const message =
    `git asks for nothing on host ${plan.host}, so all ${owned.length} units of the inventory would be deleted; ` +
    "check the branch, the path and the host name, or allow an empty desired state explicitly";
  return { state: "blocked", reasons: [reason("empty-desired-state", message)] };
}
