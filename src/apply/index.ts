export { applyPlan } from "./apply-plan.ts";
export type { ApplyInput } from "./context.ts";
