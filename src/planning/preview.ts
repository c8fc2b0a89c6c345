import type { Inventory } from "../model/inventory.ts";
import type { Plan, Verdict } from "../model/plan.ts";
import type { HeldPlan } from "../model/record.ts";
import type { Tree } from "../model/tree.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";
import { readFolder, readTree } from "./head.ts";
import { type GateOptions, judgePlan } from "./judge.ts";
import { planCommit } from "./plan-commit.ts";

export type PersonsWord = Pick<GateOptions, "force" | "allowEmpty" | "allowPrune">;

export interface PlanOptions {
  readonly workingTree: string | undefined;
  readonly only: ReadonlySet<string> | undefined;
  readonly retry: boolean;
  /** What is known of the host, if the caller has judged its texts; absent: as the last sync left it. */
  readonly inventory?: Inventory;
  /** How a person overrides the gate; absent: not at all. */
  readonly gate?: PersonsWord;
  /** Aborts the question about the host's health. */
  readonly signal?: AbortSignal | undefined;
}

export interface PlanPreview {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly desired: RenderedState;
  /** Set if this very plan already waits for a person. */
  readonly held: HeldPlan | null;
}

/** What a sync by hand would do now, and what the gate would say. Changes only quadgate's own clone. */
export async function planOnly(context: Context, options: PlanOptions): Promise<PlanPreview> {
  const read = options.gate?.allowEmpty ? readTree : readFolder;
  return planTree(context, await read(context, options.workingTree), options);
}

/** Like `planOnly`, for a tree that need not be committed. */
export async function planTree(
  context: Context,
  tree: Tree,
  options: Omit<PlanOptions, "workingTree">,
): Promise<PlanPreview> {
  const { state } = context;
  const inventory = options.inventory ?? (await state.readInventory());
  const situation = await planCommit(context, tree, inventory, {
    ...options,
    attended: true,
    allowPrune: options.gate?.allowPrune,
  });
  const { desired, hostPlan } = situation;
  const { verdict } = await judgePlan(context, situation, { ...options.gate, giveUp: options.signal });
  const held = await state.readHeld();
  return { plan: hostPlan.plan, verdict, desired, held: held?.digest === hostPlan.plan.digest ? held : null };
}
