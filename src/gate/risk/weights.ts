import type { RiskLevel } from "../../model/plan.ts";

/** How much each term of the risk counts. A test keeps these numbers equal to those in docs/gate.md. */
export const RISK_WEIGHTS = {
  /** The first row whose `below` is above the score counts. */
  score: [
    { below: 90, weight: 2 },
    { below: 95, weight: 1 },
  ],
  noScore: 2,
  /** `each` counts once per service that waits, up to `most` in total. */
  needed: { each: 1, most: 3 },
  /** Per image. `majorOfNeeded` counts if other services need the one that changes. */
  image: { major: 3, majorOfNeeded: 6, unclear: 1 },
  /** Per instance that is deleted as a whole, and per unit deleted from an instance that stays. */
  deleted: { instance: 2, unit: 1 },
  /** Once per plan: a change cannot break what was never here. */
  firstDeployment: 1,
} as const;

/** A plan has the first level whose `from` its sum of weights reaches. */
export const RISK_LEVELS: readonly { readonly level: RiskLevel; readonly from: number }[] = [
  { level: "high", from: 6 },
  { level: "medium", from: 3 },
  { level: "low", from: 0 },
];
