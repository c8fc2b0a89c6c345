import type { RiskTerm } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { RISK_WEIGHTS } from "./weights.ts";

/** A host that is healthy enough for the gate, but not fully healthy. */
export function lowScore({ health }: GateInput): readonly RiskTerm[] {
  if (health === null || !health.ok)
    return [{ code: "risk-score", message: "there is no health score", weight: RISK_WEIGHTS.noScore }];
  const { score } = health.report;
  // NaN counts as below every limit.
  const row = RISK_WEIGHTS.score.find(({ below }) => !(score >= below));
  if (row === undefined) return [];
  return [{ code: "risk-score", message: `the health score is ${score}`, weight: row.weight }];
}
