import type { SuspendedInstance } from "./suspension.ts";

export type DriftStatus = "match" | "drift" | "warning";

/**
 * Where a difference comes from, so that a plan knows what repairs it: `file` (the file on disk),
 * `not-reloaded` (systemd has other text loaded), `outdated` (the container was made from another text),
 * `live` (changed since it was made), `input` (a source of the container has changed: a tag, a file, a
 * secret, a network), `state` (not running as it should), `override` (the administrator's own setting, which
 * outlives a restart: a mask, a drop-in, a unit that replaces the generated one or joins a pod),
 * `unobservable` (could not be compared).
 */
export type DriftCause = (typeof DRIFT_CAUSES)[number];

export const DRIFT_CAUSES = [
  "file",
  "not-reloaded",
  "outdated",
  "live",
  "input",
  "state",
  "override",
  "unobservable",
] as const;

/**
 * A finding that a plan or a suggestion depends on; `drop-in` is systemd's, `quadlet-drop-in` belongs to the
 * unit.
 */
export type DriftKind =
  | "masked"
  | "not-loaded"
  | "shadowed"
  | "drop-in"
  | "quadlet-drop-in"
  // of the cause `not-reloaded`: a reload alone repairs it
  | "order"
  | "comment"
  // of the cause `state`
  | "missing"
  | "failed"
  // links of [Install] are missing
  | "disabled"
  | "restarting"
  | "unhealthy"
  | "paused";

/** What a person may do about a unit's drift. */
export interface Suggestion {
  readonly kind:
    | "reconcile"
    | "resume"
    | "validate"
    | "mend-file"
    | "clear-way"
    | "unmask"
    | "revert"
    | "create-secret"
    | "run-healthcheck"
    | "read-journal"
    | "remove-container";
  /** The command or the words that people see. */
  readonly text: string;
}

/** One compared field. Secret values are already masked. */
export interface FieldDrift {
  /** Row name of the field table: `image`, `memory`, `networks`, ... */
  readonly field: string;
  readonly status: DriftStatus;
  /** For people: `4G`, `reverse_proxy, monitoring`. */
  readonly desired: string;
  readonly live: string;
  /** What differs, and its cause if that is known: `systemctl set-property`. */
  readonly message?: string;
  readonly cause?: DriftCause;
  /** The finding, if there is one. An audit's report leaves it out. */
  readonly kinds?: readonly DriftKind[];
  /** The differences one by one: `environment.TZ`, `networks.monitoring`. */
  readonly diff?: readonly DiffEntry[];
}

export interface DiffEntry {
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** `S`: what is suggested, as data (`Suggestion`) until an audit's report shows it as text. */
export interface UnitDrift<S = string> {
  readonly unit: string;
  readonly service: string | null;
  readonly container: string | null;
  readonly status: DriftStatus;
  readonly fields: readonly FieldDrift[];
  readonly suggestions: readonly S[];
}

export interface InstanceDrift<S = string> {
  readonly instance: string;
  readonly status: DriftStatus;
  /** Set if the instance is suspended: no sync repairs what is found. */
  readonly suspended?: Omit<SuspendedInstance, "instance">;
  readonly units: readonly UnitDrift<S>[];
}

export interface DriftReport<S = string> {
  readonly schemaVersion: 1;
  readonly revision: string | null;
  readonly host: string;
  readonly observedAt: string;
  readonly summary: {
    readonly instances: number;
    readonly match: number;
    readonly drift: number;
    readonly warning: number;
  };
  readonly instances: readonly InstanceDrift<S>[];
}

/** The worse of statuses: drift, then warning, then match. */
export function worstStatus(statuses: readonly DriftStatus[]): DriftStatus {
  if (statuses.includes("drift")) return "drift";
  return statuses.includes("warning") ? "warning" : "match";
}

/** Whether an audit found nothing: no drift and, if it is strict, no warning either. */
export function isClean({ drift, warning }: DriftReport["summary"], strict: boolean): boolean {
  return drift === 0 && (!strict || warning === 0);
}
