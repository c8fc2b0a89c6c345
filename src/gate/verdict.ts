import { type GateState, isEmptyPlan, type Reason, type Verdict } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Finding, GateInput, Rule } from "./input.ts";
import { bandOf, limitsOf } from "./limits.ts";
import { assessRisk } from "./risk/assess-risk.ts";
import { RULES } from "./rules/all-rules.ts";

const WORST_FIRST: readonly GateState[] = ["blocked", "held", "open"];

/**
 * Says whether the plan may be applied now, and why. Pure. Every verdict has at least one reason. A verdict
 * that is not open names only what is in the way, worst first. A worse score never gives a better state.
 */
export function judge(input: GateInput): Verdict {
  const risk = assessRisk(input);
  if (isEmptyPlan(input.plan)) {
    return { state: "open", score: null, band: null, reasons: [reason("nothing-to-apply")], risk };
  }
  const findings = RULES.map((rule) => judgeRule(rule, input)).filter((finding) => finding !== null);
  const state = worstOf(findings);
  return { state, ...scoreOf(input), reasons: reasonsFor(state, findings), risk };
}

function judgeRule(rule: Rule, input: GateInput): Finding | null {
  const finding = rule.judge(input);
  if (finding === null || finding.state === "open" || !rule.forceable || input.force === null) return finding;
  const forced = reason("forced", `a person overrode the gate: ${input.force.reason}`);
  return { state: "open", reasons: [forced, ...finding.reasons] };
}

function worstOf(findings: readonly Finding[]): GateState {
  return WORST_FIRST.find((state) => findings.some((finding) => finding.state === state)) ?? "blocked";
}

function reasonsFor(state: GateState, findings: readonly Finding[]): readonly Reason[] {
  const shown: readonly GateState[] = state === "open" ? ["open"] : ["blocked", "held"];
  const reasons = shown.flatMap((kind) =>
    findings.filter((finding) => finding.state === kind).flatMap((f) => f.reasons),
  );
  // One approval, or one force, may open several rules.
  return [...new Map(reasons.map((each) => [`${each.code} ${each.message}`, each])).values()];
}

function scoreOf(input: GateInput): Pick<Verdict, "score" | "band"> {
  if (input.health === null || !input.health.ok) return { score: null, band: null };
  const { score } = input.health.report;
  return { score, band: bandOf(score, limitsOf(input)) };
}
