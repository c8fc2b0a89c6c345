import { reason } from "../../model/reasons.ts";
import { confirmed } from "../approval.ts";
import type { Finding, GateInput, Rule } from "../input.ts";
import { isRestore } from "../restore.ts";
import { assessRisk, weightOf } from "../risk/assess-risk.ts";

/** A plan of high risk waits for a person, however healthy the host is. A restore does not wait. */
export const highRisk: Rule = { name: "high-risk", forceable: true, judge };

function judge(input: GateInput): Finding | null {
  const risk = assessRisk(input);
  if (risk.level !== "high" || isRestore(input)) return null;
  const reasons = [reason("high-risk", `the risk of the plan is high (${weightOf(risk)})`)];
  return input.settings.onHighRisk === "proceed" ? { state: "open", reasons } : confirmed(input, reasons);
}
