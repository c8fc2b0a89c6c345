import type { Change } from "../../model/plan.ts";
import { reason } from "../../model/reasons.ts";
import type { Finding, GateInput, Rule } from "../input.ts";

/**
 * A file that quadgate did not create is never overwritten, not even by force. One with exactly the
 * desired content is taken over instead.
 */
export const foreignUnit: Rule = { name: "foreign-unit", forceable: false, judge };

function judge(input: GateInput): Finding | null {
  const foreign = input.plan.changes.filter((change) => isForeign(change, input));
  if (foreign.length === 0) return null;
  const reasons = foreign.map(({ instance, unit }) =>
    reason(
      "foreign-unit",
      `${instance}: ${unit} exists on the host with other content and quadgate did not create it; ` +
        "move it away, or bring git to the same content to adopt it",
    ),
  );
  return { state: "blocked", reasons };
}

function isForeign({ action, unit, digest }: Change, { files, inventory }: GateInput): boolean {
  if (action !== "create" && action !== "update") return false;
  const file = files.get(unit);
  return file !== undefined && !Object.hasOwn(inventory.units, unit) && file.digest !== digest;
}
