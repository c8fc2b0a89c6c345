import type { Inventory } from "../model/inventory.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import { type Context, step } from "../planning/context.ts";
import { type GateOptions, judgePlan } from "../planning/judge.ts";
import type { Judgement } from "../planning/judgement.ts";
import { planCommit, type Situation } from "../planning/plan-commit.ts";
import type { Observation } from "../planning/plan-host.ts";
import { fetchHead, requireFolder } from "../source/index.ts";

export interface DecideOptions extends GateOptions {
  /** A person asked for the sync, so that it also undoes changes by hand. */
  readonly attended: boolean;
  /** Only these instances; absent: all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** A person asks to try again what failed before. */
  readonly retry?: boolean;
  /** An observation under the same lock, for the same texts; absent: the host is observed. */
  readonly observed?: Observation | undefined;
}

/** Reads what git asks for, and plans what has to change on this host for that. */
async function assess(context: Context, inventory: Inventory, options: DecideOptions): Promise<Situation> {
  const settings = mergeSettings(context.layers);
  const head = await step(context, "source", () => fetchHead(context.host, settings));
  const tree = options.allowEmpty ? head : requireFolder(head, settings);
  const situation = await planCommit(context, tree, inventory, { ...options, retry: options.retry === true });
  context.emit({ type: "planned", plan: situation.hostPlan.plan });
  return situation;
}

/**
 * Plans, and judges the plan. If that had to wait for the host's health or for a person's answer, git and the
 * host may have changed in the meantime. Then quadgate plans and judges once more, and asks the person again
 * if the plan has changed.
 */
export async function decide(
  context: Context,
  inventory: Inventory,
  options: DecideOptions,
): Promise<{ readonly situation: Situation; readonly judgement: Judgement }> {
  let situation = await assess(context, inventory, options);
  let judgement = await judgePlan(context, situation, { ...options, retryHealth: true });
  while (judgement.verdict.state === "open" && judgement.waited) {
    const { looks, agreed } = judgement;
    situation = await assess(context, inventory, { ...options, observed: undefined });
    const again = await judgePlan(context, situation, { ...options, agreed });
    judgement = looks === undefined ? again : { ...again, looks };
  }
  return { situation, judgement };
}
