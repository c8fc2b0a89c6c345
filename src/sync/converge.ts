import type { Inventory } from "../model/inventory.ts";
import type { Outcome } from "../model/plan.ts";
import { type Passed, type PassInput, pass } from "./pass.ts";
import { putBackFailed } from "./put-back.ts";

export interface Converged {
  readonly outcomes: readonly Outcome[];
  /** Instances that did not get to what git asks, with what was seen. */
  readonly failed: ReadonlyMap<string, string>;
  /** Those of them that run again from what was in force before. */
  readonly putBack: ReadonlySet<string>;
  readonly inventory: Inventory;
}

/**
 * Applies a plan and waits until its services are ready. Instances that do not become healthy are put back to the units
 * they had before, by the same means: a pass over those units.
 */
export async function converge(input: PassInput): Promise<Converged> {
  const first = await pass(input);
  if (first.putBack.size === 0) return first;
  const { inventory, back, stuck } = await putBackFailed(input, first);
  const outcomes = first.outcomes.map((one) => concluded(one, first, stuck));
  return { outcomes, failed: first.failed, inventory, putBack: back };
}

/** The outcome with what became of its instance afterwards. */
function concluded(
  one: Outcome,
  { takenAlong, failed }: Passed,
  stuck: ReadonlyMap<string, string>,
): Outcome {
  const why = stuck.get(one.instance);
  if (one.outcome === "failed")
    return why === undefined ? one : { ...one, message: `${one.message ?? "failed"}; ${why}` };
  if (one.outcome === "skipped" || !takenAlong.has(one.instance)) return one;
  return { ...one, outcome: "failed", message: [failed.get(one.instance), why].filter(Boolean).join("; ") };
}
