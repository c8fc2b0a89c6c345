import type { RiskTerm } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";

/** A host that is well enough for the gate, but not quite well. */
const FROM: readonly { readonly below: number; readonly weight: number }[] = [
  { below: 90, weight: 2 },
  { below: 95, weight: 1 },
];

export function lowScore({ health }: GateInput): readonly RiskTerm[] {
  if (health === null || !health.ok)
    return [{ code: "risk-score", message: "there is no health score", weight: 2 }];
  const { score } = health.report;
  // What is no number is below everything.
  const row = FROM.find(({ below }) => !(score >= below));
  if (row === undefined) return [];
  return [{ code: "risk-score", message: `the health score is ${score}`, weight: row.weight }];
}
