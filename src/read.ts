import { type Context, step } from "./context.ts";
import { type Desired, readDesired } from "./desired.ts";
import { openState, type State } from "./history/index.ts";
import type { Inventory } from "./model/inventory.ts";
import type { Plan, Verdict } from "./model/plan.ts";
import { mergeSettings } from "./model/settings.ts";
import type { Tree } from "./model/tree.ts";
import { gate } from "./reconcile.ts";
import { fetchHead, readWorkingTree } from "./source/index.ts";
import { survey } from "./survey.ts";

/** The tree to look at: the branch's head, or the checkout as it is. */
export async function readTree(context: Context, workingTree: string | undefined): Promise<Tree> {
  const { host } = context;
  return step(context, "source", () =>
    workingTree === undefined
      ? fetchHead(host, mergeSettings(context.layers))
      : readWorkingTree(host, workingTree),
  );
}

export interface PlanOptions {
  readonly workingTree: string | undefined;
  readonly only: ReadonlySet<string> | undefined;
  readonly retry: boolean;
}

export interface Planned {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly desired: Desired;
}

/** What a sync by hand would do now and what the gate would say. Changes nothing but quadgate's own clone. */
export async function planOnly(context: Context, options: PlanOptions): Promise<Planned> {
  const state: State = openState(context.host);
  const inventory: Inventory = await state.readInventory();
  const desired = await readDesired(context, await readTree(context, options.workingTree));
  const seen = await survey(context, desired, inventory, { ...options, attended: true });
  const situation = { desired, seen, inventory, options: { trigger: "cli", attended: true } };
  const { verdict } = await gate(context, state, situation);
  return { plan: seen.plan, verdict, desired };
}
