import type { Inventory } from "../model/inventory.ts";
import { isBad, type Outcome } from "../model/plan.ts";
import { type PassResult, pass } from "./pass.ts";
import type { PassInput } from "./pass-input.ts";
import { putBackDue } from "./put-back.ts";

export interface Convergence {
  readonly outcomes: readonly Outcome[];
  /** Instances that did not reach what git asks for, with what was observed. */
  readonly failed: ReadonlyMap<string, string>;
  /** Those of them that have the texts again to which they were to go back, or that run with theirs. */
  readonly putBack: ReadonlySet<string>;
  readonly inventory: Inventory;
  /** By instance that another sync has taken over: the text that this one has begun. */
  readonly lost: PassResult["lost"];
  /** Whether another sync has changed something meanwhile. */
  readonly isOther: boolean;
}

/** Applies a plan. Instances that fail at once are put back to the last texts that have settled. */
export async function converge(input: PassInput): Promise<Convergence> {
  const first = await pass(input);
  if (first.putBack.size === 0) return { ...first, putBack: new Set() };
  const { context } = input;
  const isNew = (name: string) => first.putBack.has(name) || !input.inventory.due.includes(name);
  const done = await putBackDue(context, first.inventory, isNew);
  const { inventory, back, stuck } = done;
  if (inventory !== first.inventory) await context.state.writeInventory(inventory);
  for (const [name, why] of stuck) context.emit({ type: "warning", message: `${name}: ${why}` });
  const outcomes = first.outcomes.map((one) => concluded(one, first, stuck));
  const stays = [...first.putBack].filter((name) => !first.inventory.due.includes(name) && !stuck.has(name));
  const putBack = new Set([...back, ...stays, ...recovered(first, done.outcomes)]);
  const { failed, lost, isOther } = first;
  return { outcomes, failed, inventory, putBack, lost, isOther };
}

/** Instances without a new text that failed for want of one that failed, and that are up with it again. */
function recovered(first: PassResult, later: readonly Outcome[]): readonly string[] {
  const isUp = new Map(later.map((one) => [one.unit, !isBad(one)] as const));
  return [...first.failed.keys()].filter(
    (name) =>
      !first.putBack.has(name) &&
      first.outcomes.every((one) => one.instance !== name || !isBad(one) || isUp.get(one.unit) === true),
  );
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
