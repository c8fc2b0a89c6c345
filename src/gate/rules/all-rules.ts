import type { Rule } from "../input.ts";
import { changeWindow } from "./change-window.ts";
import { emptyDesiredState } from "./empty-desired-state.ts";
import { foreignUnit } from "./foreign-unit.ts";
import { healthScore } from "./health-score.ts";
import { highRisk } from "./high-risk.ts";
import { pruneLimit } from "./prune-limit.ts";

/** The gate's rules. The worst state wins. Reasons of equal states keep this order. */
export const RULES: readonly Rule[] = [
  foreignUnit,
  emptyDesiredState,
  pruneLimit,
  changeWindow,
  healthScore,
  highRisk,
];
