import type { Inventory } from "../model/inventory.ts";
import type { Tree } from "../model/tree.ts";
import { requireInstances } from "./causes.ts";
import type { Context } from "./context.ts";
import { type RenderedState, readDesired } from "./desired.ts";
import type { HostPlan, PlanHostOptions } from "./host-plan.ts";
import { planHost } from "./plan-host.ts";

/** What a verdict is about. */
export interface Situation {
  /** What git asks for. */
  readonly desired: RenderedState;
  readonly hostPlan: HostPlan;
  readonly inventory: Inventory;
}

/**
 * What a commit asks for, and what has to change on this host for that. A plan, a dry run and a sync all use
 * this function. Throws `bad-usage` if no instance has one of the names.
 */
export async function planCommit(
  context: Context,
  tree: Tree,
  inventory: Inventory,
  options: PlanHostOptions,
): Promise<Situation> {
  const desired = await readDesired(context, tree);
  requireInstances(options.only, desired, inventory);
  const hostPlan = await planHost(context, desired, inventory, options);
  return { desired, hostPlan, inventory };
}
