import { PLAIN_KINDS, plainKindOf } from "../../model/plain-unit.ts";
import type { RiskTerm } from "../../model/plan.ts";
import { unitKindOf } from "../../model/unit.ts";
import type { GateInput } from "../input.ts";
import { prunesOf } from "../rules/prunes.ts";
import { count } from "./term.ts";
import { RISK_WEIGHTS } from "./weights.ts";

const RUNS = ["container", "pod", "kube", ...PLAIN_KINDS];

/** What stops for good. A person who allowed a prune or an empty desired state has already reviewed this. */
export function deletions(input: GateInput): readonly RiskTerm[] {
  if (input.allowPrune || input.allowEmpty) return [];
  const gone = prunesOf(input).filter(({ unit }) =>
    RUNS.includes(unitKindOf(unit) ?? plainKindOf(unit) ?? ""),
  );
  const kept = new Set(
    input.plan.changes.flatMap(({ action, instance }) => (action === "delete" ? [] : [instance])),
  );
  const instances = [...new Set(gone.map(({ instance }) => instance))].filter((name) => !kept.has(name));
  const parts = gone.filter(({ instance }) => kept.has(instance)).map(({ unit }) => unit);
  const code = "risk-delete";
  const whole: RiskTerm = {
    code,
    message: `${count(instances.length, "instance")} deleted: ${instances.join(", ")}`,
    weight: instances.length * RISK_WEIGHTS.deleted.instance,
  };
  const partly: RiskTerm = {
    code,
    message: `${parts.join(", ")} deleted from instances that stay`,
    weight: parts.length * RISK_WEIGHTS.deleted.unit,
  };
  return [whole, partly].filter(({ weight }) => weight > 0);
}
