import type { RiskLevel } from "../../model/plan.ts";

/** How much each term of the risk counts. docs/gate.md has the same numbers; a test holds the two together. */
export const RISK_WEIGHTS = {
  /** The first row that the score is below. */
  score: [
    { below: 90, weight: 2 },
    { below: 95, weight: 1 },
  ],
  noScore: 2,
  /** For each service that waits, up to so much in all. */
  needed: { each: 1, most: 3 },
  /** For each image; `majorOfNeeded` where others lose what they are built on. */
  image: { major: 3, majorOfNeeded: 6, unclear: 1 },
  /** For each instance that goes as a whole, and for each unit of one that stays. */
  deleted: { instance: 2, unit: 1 },
  /** In all: what was never here cannot break by being changed. */
  firstDeployment: 1,
} as const;

/** The sum of the weights from which on a plan has this risk. */
export const RISK_LEVELS: readonly { readonly level: RiskLevel; readonly from: number }[] = [
  { level: "high", from: 6 },
  { level: "medium", from: 3 },
  { level: "low", from: 0 },
];
