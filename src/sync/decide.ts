import type { Inventory } from "../model/inventory.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import { type Context, step } from "../planning/context.ts";
import { type GateOptions, judgePlan } from "../planning/judge.ts";
import type { Judgement } from "../planning/judgement.ts";
import { planCommit, type Situation } from "../planning/plan-commit.ts";
import type { Observed } from "../planning/plan-host.ts";
import { fetchHead, requireFolder } from "../source/index.ts";

export interface DecideOptions extends GateOptions {
  /** A person asked for it: what somebody did to the host is put back too. */
  readonly attended: boolean;
  /** Only these instances; absent: all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** A person asks to try again what failed before. */
  readonly retry?: boolean;
  /** What was observed under the same lock, for the same texts; absent: the host is observed. */
  readonly observed?: Observed | undefined;
}

/** What git asks for, and what it takes here. */
async function assess(context: Context, inventory: Inventory, options: DecideOptions): Promise<Situation> {
  const settings = mergeSettings(context.layers);
  const head = await step(context, "source", () => fetchHead(context.host, settings));
  const tree = options.allowEmpty ? head : requireFolder(head, settings);
  const situation = await planCommit(context, tree, inventory, { ...options, retry: options.retry === true });
  context.emit({ type: "planned", plan: situation.hostPlan.plan });
  return situation;
}

/**
 * Looks, and judges. Where that took a wait, for the host to get well or for a person's answer, git and the host may have
 * moved on meanwhile: both are looked at and judged once more, and a person is asked again where the plan is another one.
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
