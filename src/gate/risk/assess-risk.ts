import { type Change, isEmptyPlan, type Risk } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { deletions } from "./deletions.ts";
import { firstDeployments } from "./first-deployments.ts";
import { imageVersions } from "./image-versions.ts";
import { lowScore } from "./low-score.ts";
import { neededServices } from "./needed-services.ts";
import type { Term } from "./term.ts";
import { RISK_LEVELS } from "./weights.ts";

/** What makes a plan risky. Each term returns what it finds, with a weight, in the order of the output. */
const TERMS: readonly Term[] = [lowScore, neededServices, imageVersions, deletions, firstDeployments];

/**
 * How much may go wrong if the plan is applied now. Pure: equal plans at equal scores have equal risks, and a
 * worse score never makes the risk smaller. An empty plan has a low risk.
 */
export function assessRisk(input: GateInput): Risk {
  if (isEmptyPlan(input.plan)) return { level: "low", terms: [] };
  const open = withoutBegun(input);
  const terms = TERMS.flatMap((term) => term(open));
  const weight = weightOf({ terms });
  return { level: RISK_LEVELS.find(({ from }) => weight >= from)?.level ?? "high", terms };
}

/** Changes that an interrupted sync began have passed the gate once, so their weight does not count again. */
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
