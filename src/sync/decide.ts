import { intentsOf, isWithin, learningIntents } from "../model/intent.ts";
import type { Inventory } from "../model/inventory.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import { type Context, step } from "../planning/context.ts";
import type { PlanHostOptions } from "../planning/host-plan.ts";
import { type GateOptions, judgePlan } from "../planning/judge.ts";
import type { Judgement } from "../planning/judgement.ts";
import { planCommit, type Situation } from "../planning/plan-commit.ts";
import { fetchHead, requireFolder } from "../source/index.ts";

type AskedOfPlan = Pick<PlanHostOptions, "attended" | "only" | "observed" | "unavailable">;

export interface DecideOptions extends GateOptions, AskedOfPlan {
  /** A person asks to try again what failed before. */
  readonly retry?: boolean;
  /** What the gate let through before images were brought; absent: nothing. */
  readonly before?: JudgedBefore | undefined;
}

/** A plan and what the gate says about it. */
export interface Decision {
  readonly situation: Situation;
  readonly judgement: Judgement;
}

interface JudgedBefore extends Decision {
  /** The instances whose images were not known then. */
  readonly learning: ReadonlySet<string>;
}

/** Judges what is in force, and puts back what has ended. */
type Tend = () => Promise<Inventory>;

/** Judges what is in force, reads what git asks for, and plans what has to change on this host for that. */
async function assess(context: Context, tend: Tend, options: DecideOptions): Promise<Situation> {
  const inventory = await tend();
  const settings = mergeSettings(context.layers);
  const head = await step(context, "source", () => fetchHead(context.host, settings));
  const tree = options.allowEmpty ? head : requireFolder(head, settings);
  // What is due was put back already, as far as that is possible.
  const asked = { ...options, retry: options.retry === true, putBack: null };
  const situation = await planCommit(context, tree, inventory, asked);
  context.emit({ type: "planned", plan: situation.hostPlan.plan });
  return situation;
}

/**
 * Plans, and judges the plan. A part of a plan that the gate has let through needs no new verdict. If judging
 * had to wait for the host's health or for a person's answer, git and the host may have changed in the
 * meantime: others have the lock while it waits. Then quadgate plans and judges once more, and asks the
 * person again if the plan has changed.
 */
export async function decide(context: Context, tend: Tend, options: DecideOptions): Promise<Decision> {
  let situation = await assess(context, tend, options);
  if (options.before !== undefined && isCovered(situation, options.before))
    return { situation, judgement: options.before.judgement };
  let judgement = await judgePlan(context, situation, { ...options, retryHealth: true });
  while (judgement.verdict.state === "open" && judgement.waited) {
    const { looks, agreed } = judgement;
    situation = await assess(context, tend, { ...options, observed: undefined });
    const again = await judgePlan(context, situation, { ...options, agreed });
    judgement = looks === undefined ? again : { ...again, looks };
  }
  // What is held is kept as it was shown, and other syncs may have written meanwhile.
  return { situation: judgement.waited ? { ...situation, inventory: await tend() } : situation, judgement };
}

/** Whether a plan does no more than the one judged before, and nothing new was found. */
function isCovered({ hostPlan: { plan } }: Situation, { situation, learning }: JudgedBefore): boolean {
  const judged = situation.hostPlan.plan;
  const allowed = new Map(learningIntents(judged, learning).map((one) => [one.unit, one]));
  const known = new Set([...judged.issues, ...judged.warnings].map((issue) => JSON.stringify(issue)));
  const found = [...plan.issues, ...plan.warnings].filter(({ code }) => code !== "image-unavailable");
  return (
    intentsOf(plan).every((one) => {
      const before = allowed.get(one.unit);
      return before?.action === one.action && isWithin(one, before);
    }) && found.every((issue) => known.has(JSON.stringify(issue)))
  );
}
