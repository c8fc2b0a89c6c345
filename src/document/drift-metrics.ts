import type { DriftReport, DriftStatus } from "../model/drift.ts";

const STATUSES: readonly DriftStatus[] = ["match", "warning", "drift"];

/**
 * A drift report for the textfile collector of Prometheus' node exporter: one sample for each instance (0
 * match, 1 warning, 2 drift), the count of each status, and the time of the observation in seconds since
 * 1970.
 */
export function driftMetrics({ host, observedAt, summary, instances }: DriftReport): string {
  const label = (name: string, value: string) =>
    `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  const on = label("host", host);
  return [
    "# HELP quadgate_drift_status What an audit found: 0 match, 1 warning, 2 drift.",
    "# TYPE quadgate_drift_status gauge",
    ...instances.map(
      ({ instance, status }) =>
        `quadgate_drift_status{${on},${label("name", instance)}} ${STATUSES.indexOf(status)}`,
    ),
    "# HELP quadgate_drift_instances Instances by status.",
    "# TYPE quadgate_drift_instances gauge",
    ...STATUSES.map(
      (status) => `quadgate_drift_instances{${on},${label("status", status)}} ${summary[status]}`,
    ),
    "# HELP quadgate_drift_observed_timestamp_seconds When quadgate observed the host.",
    "# TYPE quadgate_drift_observed_timestamp_seconds gauge",
    `quadgate_drift_observed_timestamp_seconds{${on}} ${Date.parse(observedAt) / 1_000}`,
    "",
  ].join("\n");
}
