/** The severity of a finding, and what it takes off the score of 100 unless its row says otherwise. */
const SEVERITY_WEIGHTS = { critical: 20, warning: 5, info: 0 } as const;

export type Severity = keyof typeof SEVERITY_WEIGHTS;

/** What the built-in provider measures. Percentages are 0 to 100, counts 0 or more. */
export const HEALTH_METRICS = [
  "disk_root_percent",
  "disk_storage_percent",
  "disk_state_percent",
  "disk_volumes_percent",
  "disks_silent",
  "inodes_root_percent",
  "inodes_storage_percent",
  "inodes_state_percent",
  "inodes_volumes_percent",
  "memory_percent",
  "swap_percent_of_memory",
  "pressure_memory_percent",
  "pressure_io_percent",
  "pressure_cpu_percent",
  "load_per_core",
  "keystones_down",
  "keystones_unknown",
  "failed_units",
  "failed_system_units",
  "restarting_services",
  "unhealthy_containers",
  "oom_killed_containers",
  "certificate_days_left",
  "certificates_unreadable",
  "backup_age_days",
  "backups_missing",
  "reboot_pending",
  "clock_unsynchronised",
  "selinux_not_enforcing",
  "programs_silent",
  "checks_not_run",
] as const;

export type HealthMetric = (typeof HEALTH_METRICS)[number];

/** A finding that is made if one of the metrics reaches the limit, or falls below it. */
export interface HealthCheck {
  readonly metrics: readonly HealthMetric[];
  readonly limit: number;
  readonly side: "from" | "below";
  readonly severity: Severity;
  readonly weight: number;
}

/**
 * The built-in checks by code: homelab-intel's if the meaning is the same, else Q and a number. Of the rows
 * about one metric, only the first that is reached counts. `health.checks` changes limits and weights.
 * docs/gate.md has the same table; a test compares the two.
 */
export const HEALTH_CHECKS = {
  C002: from(90, "critical", ["disk_root_percent"]),
  C003: from(80, "critical", ["disk_root_percent"]),
  W002: from(70, "warning", ["disk_root_percent"]),
  Q001: from(95, "critical", ["disk_storage_percent"]),
  Q002: from(85, "warning", ["disk_storage_percent"]),
  Q003: from(95, "critical", ["disk_state_percent"]),
  Q004: from(85, "warning", ["disk_state_percent"]),
  Q010: from(97, "critical", ["disk_volumes_percent"]),
  Q011: from(92, "warning", ["disk_volumes_percent"]),
  Q005: from(95, "critical", [
    "inodes_root_percent",
    "inodes_storage_percent",
    "inodes_state_percent",
    "inodes_volumes_percent",
  ]),
  Q006: from(85, "warning", [
    "inodes_root_percent",
    "inodes_storage_percent",
    "inodes_state_percent",
    "inodes_volumes_percent",
  ]),
  Q012: from(1, "warning", ["disks_silent"]),
  Q007: from(97, "critical", ["memory_percent"]),
  W003: from(90, "warning", ["memory_percent"]),
  W004: from(20, "warning", ["swap_percent_of_memory"]),
  Q013: from(30, "critical", ["pressure_memory_percent"]),
  Q014: from(10, "warning", ["pressure_memory_percent"]),
  Q015: from(80, "critical", ["pressure_io_percent"]),
  Q016: from(40, "warning", ["pressure_io_percent"]),
  // A busy processor slows things down but breaks nothing: the two together cost no more than one warning.
  Q017: from(80, "warning", ["pressure_cpu_percent"], 3),
  Q018: from(4, "warning", ["load_per_core"], 2),
  C004: from(1, "critical", ["keystones_down"]),
  Q019: from(1, "warning", ["keystones_unknown"]),
  Q020: from(3, "critical", ["failed_units"]),
  Q021: from(1, "warning", ["failed_units"]),
  // quadgate does not repair the system, and most of its failures do not concern the containers.
  Q028: from(1, "warning", ["failed_system_units"]),
  Q022: from(3, "critical", ["restarting_services"]),
  Q023: from(1, "warning", ["restarting_services"]),
  Q008: from(3, "critical", ["unhealthy_containers"]),
  Q009: from(1, "warning", ["unhealthy_containers"]),
  Q024: from(1, "warning", ["oom_killed_containers"]),
  C006: { ...from(7, "critical", ["certificate_days_left"]), side: "below" },
  Q025: { ...from(14, "warning", ["certificate_days_left"]), side: "below" },
  W006: from(1, "warning", ["certificates_unreadable"]),
  C005: from(1, "critical", ["backups_missing"]),
  W005: from(14, "warning", ["backup_age_days"]),
  W001: from(1, "warning", ["reboot_pending"]),
  Q026: from(1, "warning", ["clock_unsynchronised"]),
  C001: from(1, "critical", ["selinux_not_enforcing"]),
  // If they do not answer, quadgate can neither apply anything nor know the state of the services.
  Q027: from(1, "critical", ["programs_silent"], 100),
  Q000: from(1, "info", ["checks_not_run"]),
} satisfies Record<string, HealthCheck>;

function from(
  limit: number,
  severity: Severity,
  metrics: readonly HealthMetric[],
  weight: number = SEVERITY_WEIGHTS[severity],
): HealthCheck {
  return { metrics, limit, side: "from", severity, weight };
}

export type HealthCode = keyof typeof HEALTH_CHECKS;

/** The codes, in the order of the table. */
export const HEALTH_CODES = Object.keys(HEALTH_CHECKS) as HealthCode[];

/** What `health.checks` says about a code. */
export type HealthOverrides = {
  readonly [code in HealthCode]?:
    | {
        readonly off?: boolean | undefined;
        readonly limit?: number | undefined;
        readonly weight?: number | undefined;
      }
    | undefined;
};
