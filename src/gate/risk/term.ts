import type { RiskTerm } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";

/** One kind of risk. Returns what it finds in a plan, or nothing. */
export type Term = (input: GateInput) => readonly RiskTerm[];

/** `1 service`, `3 services` */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
