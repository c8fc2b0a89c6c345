import type { HealthFinding } from "../../model/health.ts";

/** One number that was read from the host, and what it is about: a folder, a list of names. */
export interface Measurement {
  readonly metric: string;
  readonly value: number;
  readonly subject: string;
}

export type Severity = "critical" | "warnings";

/** What a finding takes off the score of 100. */
export const WEIGHTS: Readonly<Record<Severity, number>> = { critical: 20, warnings: 5 };

/** A finding that is made when a measured value reaches `from`. */
interface Check {
  readonly metric: string;
  readonly from: number;
  readonly severity: Severity;
  /** homelab-intel's code where the meaning is the same, else Q and a number. */
  readonly code: string;
  readonly message: (measured: Measurement) => string;
  readonly action: string;
}

const full = ({ subject, value }: Measurement) => `disk of ${subject} ${value}% full`;
const inodes = ({ subject, value }: Measurement) => `${value}% of the inodes of ${subject} in use`;
const memory = ({ value }: Measurement) => `memory ${value}% in use`;
const services = ({ subject }: Measurement) => `services failed: ${subject}`;
const containers = ({ subject }: Measurement) => `containers unhealthy: ${subject}`;

const CLEAN = "free space, for example with: podman system prune";
const CLEAN_INODES = "remove small files that nobody needs";
const FREE_MEMORY = "see what uses the memory with: systemd-cgtop -m";
const SEE_FAILED = "see why with: systemctl status (rootless: systemctl --user status)";
const SEE_CONTAINER = "see why with: podman logs CONTAINER";

/** The built-in checks. Of the rows of one metric, the first one that is reached counts, and no other. */
export const CHECKS: readonly Check[] = [
  row("disk_root_percent", 90, "critical", "C002", full, CLEAN),
  row("disk_root_percent", 80, "critical", "C003", full, CLEAN),
  row("disk_root_percent", 70, "warnings", "W002", full, CLEAN),
  row("disk_storage_percent", 95, "critical", "Q001", full, CLEAN),
  row("disk_storage_percent", 85, "warnings", "Q002", full, CLEAN),
  row("disk_state_percent", 95, "critical", "Q003", full, CLEAN),
  row("disk_state_percent", 85, "warnings", "Q004", full, CLEAN),
  row("inodes_root_percent", 95, "critical", "Q005", inodes, CLEAN_INODES),
  row("inodes_root_percent", 85, "warnings", "Q006", inodes, CLEAN_INODES),
  row("inodes_storage_percent", 95, "critical", "Q005", inodes, CLEAN_INODES),
  row("inodes_storage_percent", 85, "warnings", "Q006", inodes, CLEAN_INODES),
  row("inodes_state_percent", 95, "critical", "Q005", inodes, CLEAN_INODES),
  row("inodes_state_percent", 85, "warnings", "Q006", inodes, CLEAN_INODES),
  row("memory_percent", 97, "critical", "Q007", memory, FREE_MEMORY),
  row("memory_percent", 90, "warnings", "W003", memory, FREE_MEMORY),
  row("failed_units", 1, "critical", "C004", services, SEE_FAILED),
  row("unhealthy_containers", 3, "critical", "Q008", containers, SEE_CONTAINER),
  row("unhealthy_containers", 1, "warnings", "Q009", containers, SEE_CONTAINER),
];

function row(
  metric: string,
  from: number,
  severity: Severity,
  code: string,
  message: Check["message"],
  action: string,
): Check {
  return { metric, from, severity, code, message, action };
}

/** What the table says about one measured value: at most one finding. */
export function findingFor(
  measured: Measurement,
): { readonly severity: Severity; readonly finding: HealthFinding } | undefined {
  const check = CHECKS.find((each) => each.metric === measured.metric && measured.value >= each.from);
  if (!check) return undefined;
  const { severity, code, action } = check;
  return { severity, finding: { code, message: check.message(measured), action } };
}
