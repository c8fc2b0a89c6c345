import type { HealthFinding, HealthReport, HealthResult } from "../../model/health.ts";
import type { Reason } from "../../model/plan.ts";
import { reason } from "../../model/reasons.ts";
import { confirmed } from "../approval.ts";
import type { Finding, GateInput, Rule } from "../input.ts";
import { bandOf, type Limits, limitsOf } from "../limits.ts";
import { isRestore } from "../restore.ts";

/** The host must be healthy enough. Without a valid report it never is. */
export const healthScore: Rule = { name: "health-score", forceable: true, judge };

function judge(input: GateInput): Finding {
  const report = reportOf(input.health);
  if ("code" in report) return { state: "blocked", reasons: [report] };
  const { ignored, raisedBy, ...limits } = limitsOf(input);
  const raised = raisedBy.length === 0 ? "" : ` (raised by the gate of ${raisedBy.join(", ")})`;
  const { state, reasons } = judgeReport(input, report, limits, raised);
  return { state, reasons: [...reasons, ...ignored] };
}

function reportOf(health: HealthResult | null): HealthReport | Reason {
  if (health === null) return reason("report-missing");
  return health.ok ? health.report : reason(health.code, health.message);
}

function judgeReport(input: GateInput, report: HealthReport, limits: Limits, raised: string): Finding {
  const { score } = report;
  const band = bandOf(score, limits);
  if (band === "proceed") {
    return open(
      reason("health-proceed", `health score ${score} is above the confirm limit ${limits.confirm}`),
    );
  }
  const finding =
    band === "block"
      ? reason(
          "health-below-block",
          `health score ${score} is below the block limit ${limits.block}${raised}`,
        )
      : reason(
          "health-in-confirm-band",
          `health score ${score} is in the confirm band, ${limits.block} to ${limits.confirm}${raised}`,
        );
  // A restore is open in both bands because a better score must never close the gate.
  if (isRestore(input)) return open(reason("restore"), finding);
  const reasons = [finding, ...[...report.critical, ...report.warnings].map(hostFinding)];
  if (band === "block") return { state: "blocked", reasons };
  return input.settings.onConfirm === "proceed" ? { state: "open", reasons } : confirmed(input, reasons);
}

function open(...reasons: readonly Reason[]): Finding {
  return { state: "open", reasons };
}

function hostFinding(finding: HealthFinding): Reason {
  const label = [finding.code, finding.message].filter((part) => part !== "").join(" ");
  return reason("host-finding", finding.action ? `${label} (${finding.action})` : label);
}
