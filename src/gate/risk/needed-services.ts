import { type RiskTerm, restartsService } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { count } from "./term.ts";
import { RISK_WEIGHTS } from "./weights.ts";

/**
 * Running services that need a service which the plan restarts. Only services of Quadlets in git count,
 * because quadgate looks at no others.
 */
export function neededServices(input: GateInput): readonly RiskTerm[] {
  const restarted = input.plan.changes.filter(restartsService);
  const needed = restarted.filter(({ service }) => neededBy(input, service).length > 0);
  const needing = new Set(needed.flatMap(({ service }) => neededBy(input, service)));
  if (needing.size === 0) return [];
  const names = [...new Set(needed.map(({ service }) => service))].join(", ");
  const { each, most } = RISK_WEIGHTS.needed;
  const verb = needing.size === 1 ? "needs" : "need";
  const message = `${count(needing.size, "service")} ${verb} ${names}, which the plan restarts`;
  return [{ code: "risk-needed", message, weight: Math.min(needing.size * each, most) }];
}

/** The existing services that need a service. The plan does not interrupt the services that it creates. */
export function neededBy({ plan, dependants }: GateInput, service: string | null): readonly string[] {
  const fresh = new Set(
    plan.changes.flatMap(({ action, service: name }) => (action === "create" ? [name] : [])),
  );
  return [...(dependants.get(service ?? "") ?? [])].filter((name) => !fresh.has(name));
}
