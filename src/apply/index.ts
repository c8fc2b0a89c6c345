export { applyPlan } from "./apply-plan.ts";
export { success } from "./context.ts";
export { type HookEnd, runAfterUpdate } from "./hooks.ts";
export { shownLines, sinceLastStop } from "./journal-lines.ts";
export { TakenOver, type Turns } from "./turns.ts";
