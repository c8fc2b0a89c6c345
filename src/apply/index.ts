export { applyPlan } from "./apply-plan.ts";
export { type HookEnd, runAfterUpdate } from "./hooks.ts";
