import { NETWORKS_INSTANCE } from "../../model/instance.ts";
import type { RiskTerm } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { count } from "./term.ts";
import { RISK_WEIGHTS } from "./weights.ts";

/** A change cannot break what was never here, so any number of new instances weighs little. */
export function firstDeployments({ plan, inventory }: GateInput): readonly RiskTerm[] {
  const known = new Set(
    Object.values(inventory.units).flatMap(({ instance, digest }) => (digest === null ? [] : [instance])),
  );
  const created = plan.changes.filter(
    ({ action, service, instance }) =>
      action === "create" && service !== null && instance !== NETWORKS_INSTANCE,
  );
  const fresh = [...new Set(created.map(({ instance }) => instance))].filter((name) => !known.has(name));
  if (fresh.length === 0) return [];
  const where = known.size === 0 ? ", the first on this host" : "";
  const message = `${count(fresh.length, "instance")} deployed for the first time${where}`;
  return [{ code: "risk-first-deployment", message, weight: RISK_WEIGHTS.firstDeployment }];
}
