import type { Inventory } from "../model/inventory.ts";
import type { Outcome } from "../model/plan.ts";
import { type PassInput, type PassResult, pass } from "./apply-and-verify.ts";
import { putBackFailed } from "./put-back.ts";

export interface Convergence {
  readonly outcomes: readonly Outcome[];
  /** Instances that did not reach what git asks for, with what was observed. */
  readonly failed: ReadonlyMap<string, string>;
  /** Those of them that run again with the texts that were in force before. */
  readonly putBack: ReadonlySet<string>;
  readonly inventory: Inventory;
}

/**
 * Applies a plan and waits until its services are ready. If instances do not become healthy, a second pass
 * puts them back to the units that they had before.
 */
export async function converge(input: PassInput): Promise<Convergence> {
  const first = await pass(input);
  if (first.putBack.size === 0) return first;
  const { inventory, back, stuck } = await putBackFailed(input, first);
  const outcomes = first.outcomes.map((one) => concluded(one, first, stuck));
  return { outcomes, failed: first.failed, inventory, putBack: back };
}

/** Adds to an outcome what happened to its instance afterwards. */
function concluded(
  one: Outcome,
  { takenAlong, failed }: PassResult,
  stuck: ReadonlyMap<string, string>,
): Outcome {
  const why = stuck.get(one.instance);
  if (one.outcome === "failed")
    return why === undefined ? one : { ...one, message: `${one.message ?? "failed"}; ${why}` };
  if (one.outcome === "skipped" || !takenAlong.has(one.instance)) return one;
  return { ...one, outcome: "failed", message: [failed.get(one.instance), why].filter(Boolean).join("; ") };
}
