import { oneLine } from "../../lib/one-line.ts";
import type { HealthFinding } from "../../model/health.ts";
import {
  HEALTH_CHECKS,
  HEALTH_CODES,
  type HealthCheck,
  type HealthOverrides,
  type Severity,
} from "../../model/health-checks.ts";
import type { Measurement } from "./measure.ts";
import { WORDING } from "./wording.ts";

/** The finding that the table gives for one measured value. */
export interface Found {
  readonly severity: Severity;
  readonly weight: number;
  readonly finding: HealthFinding;
}

/**
 * The finding of the first row whose limit the value reaches, or undefined. The settings may override the
 * table.
 */
export function findingFor(measured: Measurement, overrides: HealthOverrides = {}): Found | undefined {
  for (const code of HEALTH_CODES) {
    const check: HealthCheck = HEALTH_CHECKS[code];
    const override = overrides[code];
    if (override?.off || !check.metrics.includes(measured.metric)) continue;
    const limit = measured.limit ?? override?.limit ?? check.limit;
    if (check.side === "from" ? measured.value < limit : measured.value >= limit) continue;
    const { message, action } = WORDING[measured.metric];
    const finding = { code, message: fill(message, measured) };
    return {
      severity: check.severity,
      weight: override?.weight ?? check.weight,
      finding: action === "" ? finding : { ...finding, action },
    };
  }
  return undefined;
}

function fill(text: string, { subject, value, words = String(value) }: Measurement): string {
  return oneLine(
    text.replaceAll(/\{(subject|value)\}/g, (_, what) => (what === "subject" ? subject : words)),
  );
}
