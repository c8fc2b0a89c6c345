import type { RiskTerm } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { count } from "./term.ts";
import { RISK_WEIGHTS } from "./weights.ts";

/** Services that run, and that need one which is restarted: those of Quadlets that git has, for no others are looked at. */
export function neededServices(input: GateInput): readonly RiskTerm[] {
  const restarted = input.plan.changes.filter(({ action }) => action === "update" || action === "restart");
  const needed = restarted.filter(({ service }) => neededBy(input, service).length > 0);
  const needing = new Set(needed.flatMap(({ service }) => neededBy(input, service)));
  if (needing.size === 0) return [];
  const names = [...new Set(needed.map(({ service }) => service))].join(", ");
  const { each, most } = RISK_WEIGHTS.needed;
  const message = `${count(needing.size, "service")} ${needing.size === 1 ? "needs" : "need"} ${names}, restarted`;
  return [{ code: "risk-needed", message, weight: Math.min(needing.size * each, most) }];
}

/** Who needs a service and is there already: what this very plan creates is not interrupted. */
export function neededBy({ plan, dependants }: GateInput, service: string | null): readonly string[] {
  const fresh = new Set(
    plan.changes.flatMap(({ action, service: name }) => (action === "create" ? [name] : [])),
  );
  return [...(dependants.get(service ?? "") ?? [])].filter((name) => !fresh.has(name));
}
