export { computeDrift } from "./compute-drift.ts";
export type { DriftInput } from "./drift-input.ts";
export type { BegunUnit } from "./pending.ts";
export { type DriftQuestion, driftQuestion } from "./what-to-observe.ts";
