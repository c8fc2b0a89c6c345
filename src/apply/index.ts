export { applyPlan } from "./apply-plan.ts";
