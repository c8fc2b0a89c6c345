import type { Band, HealthReport } from "../model/health.ts";
import type { Plan, Verdict } from "../model/plan.ts";
import type { SyncReport } from "../sync/reconcile.ts";

/** The `plan` document. */
export function planDocument(plan: Plan, verdict: Verdict): Record<string, unknown> {
  const { risk, ...gate } = verdict;
  return {
    schemaVersion: 1,
    revision: plan.revision,
    host: plan.host,
    digest: plan.digest,
    gate,
    changes: plan.changes.map(({ instance, unit, action, reasons, diff }) => ({
      instance,
      unit,
      action,
      reasons,
      diff,
    })),
    summary: plan.summary,
    risk,
    issues: plan.issues,
    warnings: plan.warnings,
  };
}

/** The `reconcile` document: that of the plan, with the outcome. */
export function syncDocument(report: SyncReport): Record<string, unknown> {
  const { plan, verdict, result, outcomes, texts, record } = report;
  return { ...planDocument(plan, verdict), result, outcomes, texts, record };
}

/** The report as homelab-intel writes it. */
export function homelabIntelDocument(report: HealthReport): Record<string, unknown> {
  const { score, observedAt, critical, warnings, info, metrics } = report;
  return { timestamp: observedAt, health_score: score, critical, warnings, info, metrics };
}

/** The `health` document. */
export function healthDocument(report: HealthReport, band: Band): Record<string, unknown> {
  const { provider, score, observedAt, critical, warnings, info, metrics } = report;
  return { schemaVersion: 1, provider, score, band, observedAt, critical, warnings, info, metrics };
}
