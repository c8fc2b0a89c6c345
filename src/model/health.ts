export interface HealthFinding {
  readonly code: string;
  readonly message: string;
  readonly action?: string | undefined;
}

export type Band = "proceed" | "confirm" | "block";

/** A health report as homelab-intel writes it and the built-in provider emits it. */
export interface HealthReport {
  /** `builtin` or the command's file name. */
  readonly provider: string;
  /** Whole number, 0 to 100. */
  readonly score: number;
  /** ISO 8601: when the provider observed the host. */
  readonly observedAt: string;
  readonly critical: readonly HealthFinding[];
  readonly warnings: readonly HealthFinding[];
  readonly info: readonly HealthFinding[];
  readonly metrics: Readonly<Record<string, string | number>>;
}

/** One look that a sync took at the host's health. */
export interface HealthLook {
  /** ISO 8601 */
  readonly at: string;
  /** null: no report could be judged. */
  readonly score: number | null;
}

/** Why no report can be judged; each is a gate reason of its own. */
export type HealthFailure =
  | "report-missing"
  | "report-stale"
  | "report-invalid"
  | "health-command-timeout"
  | "health-command-failed";

/** A report, or the reason why there is none. Fails closed: a failure blocks. */
export type HealthResult =
  | { readonly ok: true; readonly report: HealthReport }
  | { readonly ok: false; readonly code: HealthFailure; readonly message: string; readonly provider: string };
