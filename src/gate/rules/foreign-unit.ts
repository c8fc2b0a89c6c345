import type { Change } from "../../model/plan.ts";
import { reason } from "../../model/reasons.ts";
import type { Finding, GateInput, Rule } from "../input.ts";

/**
 * quadgate never overwrites a file that it did not create, not even by force. It takes over a file that has
 * exactly the desired content.
 */
export const foreignUnit: Rule = { name: "foreign-unit", forceable: false, judge };

function judge(input: GateInput): Finding | null {
  const foreign = input.plan.changes.filter((change) => isForeign(change, input));
  if (foreign.length === 0) return null;
  const reasons = foreign.map(({ instance, unit }) =>
    reason(
      "foreign-unit",
      `${instance}: ${unit} exists on the host with different content, and quadgate did not create it; ` +
        "move it away, or commit the same content to git to adopt it",
    ),
  );
  return { state: "blocked", reasons };
}

function isForeign({ action, unit, digest }: Change, { files, inventory }: GateInput): boolean {
  if (action !== "create" && action !== "update") return false;
  const file = files.get(unit);
  return file !== undefined && !Object.hasOwn(inventory.units, unit) && file.digest !== digest;
}
