import { type Change, isEmptyPlan, type Risk } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { deletions } from "./deletions.ts";
import { firstDeployments } from "./first-deployments.ts";
import { imageVersions } from "./image-versions.ts";
import { lowScore } from "./low-score.ts";
import { neededServices } from "./needed-services.ts";
import type { Term } from "./term.ts";
import { RISK_LEVELS } from "./weights.ts";

/** What makes a plan risky; each gives what it finds, with a weight. The order is that of the output. */
const TERMS: readonly Term[] = [lowScore, neededServices, imageVersions, deletions, firstDeployments];

/**
 * How much may go wrong when the plan is applied now. Pure: the same plan at the same score always has the same risk, and
 * a worse score never makes it smaller. A plan with nothing to apply has a low one.
 */
export function assessRisk(input: GateInput): Risk {
  if (isEmptyPlan(input.plan)) return { level: "low", terms: [] };
  const open = withoutBegun(input);
  const terms = TERMS.flatMap((term) => term(open));
  const weight = weightOf({ terms });
  return { level: RISK_LEVELS.find(({ from }) => weight >= from)?.level ?? "high", terms };
}

/** What an interrupted sync has begun has passed the gate once, and is to be finished whatever it weighs. */
function withoutBegun(input: GateInput): GateInput {
  const { plan, inventory } = input;
  const changes = plan.changes.map((change): Change => {
    const pending = inventory.units[change.unit]?.pending;
    return pending !== undefined && pending.digest === change.digest ? { ...change, action: "none" } : change;
  });
  return { ...input, plan: { ...plan, changes } };
}

/** The sum of the weights. */
export function weightOf({ terms }: Pick<Risk, "terms">): number {
  return terms.reduce((sum, { weight }) => sum + weight, 0);
}
