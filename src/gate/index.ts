export type { GateInput, WindowClosure } from "./input.ts";
export { bandOf } from "./limits.ts";
export { judge } from "./verdict.ts";
