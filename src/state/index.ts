export * from "./correlate.ts";
export type { SalvageResult } from "./generations.ts";
export * from "./heals.ts";
export * from "./inventory-transitions.ts";
export * from "./kept-images.ts";
export { openState, type State } from "./open-state.ts";
export * from "./scores.ts";
export * from "./select.ts";
export * from "./text-transitions.ts";
