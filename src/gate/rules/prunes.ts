import { isPlain } from "../../model/plain-unit.ts";
import type { Change, Plan } from "../../model/plan.ts";
import type { ReasonCode } from "../../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../../model/unit.ts";
import type { GateInput } from "../input.ts";

/** Whether a Unit.name is a Quadlet source or a plain systemd unit, and not a drop-in or a file. */
function isUnit(unit: string): boolean {
  const isQuadlet = !unit.startsWith("/") && unitKindOf(unit) !== undefined;
  return isQuadlet || (isPlain(unit) && mainUnitOf(unit) === unit);
}

/**
 * The units that the plan deletes, without the deletions that an earlier sync began. Those have
 * passed the gate once, and a sync that was killed on the way must converge.
 */
export function prunesOf({ plan, inventory }: GateInput): readonly Change[] {
  return plan.changes.filter(
    (change) =>
      change.action === "delete" &&
      isUnit(change.unit) &&
      inventory.units[change.unit]?.pending?.action !== "delete",
  );
}

/** How many units quadgate has on this host. */
export function ownedQuadlets({ inventory }: GateInput): number {
  return Object.keys(inventory.units).filter(isUnit).length;
}

/** Reasons for leaving an instance alone that is not in git. */
const NOT_IN_GIT: ReadonlySet<string> = new Set<ReasonCode>(["instance-suspended", "orphaned"]);

/**
 * Whether git asks for nothing at all on this host. An instance that has errors, or that failed before, is in
 * git. A suspended instance may be suspended on this host alone, long after it was removed from git.
 */
export function asksForNothing({ changes, leftAlone, issues }: Plan): boolean {
  if (changes.some(({ digest }) => digest !== null)) return false;
  const inError = new Set(issues.map(({ instance }) => instance));
  return [...leftAlone].every(([instance, { code }]) => NOT_IN_GIT.has(code) && !inError.has(instance));
}
