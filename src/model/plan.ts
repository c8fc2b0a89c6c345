import type { DiffEntry } from "./drift.ts";
import type { Band } from "./health.ts";
import type { Folder } from "./host-requirements.ts";
import type { Issue } from "./issue.ts";
import type { ReasonCode } from "./reasons.ts";

/** Intents, imperative. */
export type Action = "create" | "update" | "restart" | "delete" | "none";

/** Results, past tense. */
export type OutcomeKind =
  | "created"
  | "updated"
  | "restarted"
  | "deleted"
  | "unchanged"
  | "skipped"
  | "failed";

export interface Reason {
  /** Stable kebab-case code of model/reasons.ts. */
  readonly code: string;
  readonly message: string;
}

/** A folder that quadgate makes for a container to mount. */
export type MadeFolder = Pick<Folder, "path" | "mode" | "nocow"> & Partial<Pick<Folder, "owner">>;

export interface Change {
  readonly instance: string;
  /** Unit.name */
  readonly unit: string;
  /** Its systemd service; null for plain files and drop-ins. */
  readonly service: string | null;
  readonly action: Action;
  readonly reasons: readonly Reason[];
  readonly diff: readonly DiffEntry[];
  /** Digest of the desired content; null when the unit is to be deleted. */
  readonly digest: string | null;
  /**
   * For a container that is made or updated: sha256 over its instance's hooks. Absent: none of them runs now
   * or at its next update.
   */
  readonly hooks?: string;
  /**
   * The file is written and systemd reloaded, and nothing restarts: only comments, descriptions or `X-`
   * sections differ. Absent: the unit's service starts, restarts or stops.
   */
  readonly reloadOnly?: true;
  /** For a container: folders that are made before it starts. Absent: none. */
  readonly folders?: readonly MadeFolder[];
  /**
   * For a network's unit: podman's name of the network that exists, or will. Absent: only systemd knows it.
   */
  readonly network?: string;
  /** Drop-ins of `systemctl set-property` that the change removes, as absolute paths; absent: none. */
  readonly controls?: readonly string[];
  /**
   * For a network's unit: podman's name of the network, if it existed before quadgate. Absent: quadgate makes
   * it.
   */
  readonly found?: string;
  /**
   * For a network's unit: podman's name of a network that existed before quadgate and that this change must
   * not remove.
   */
  readonly leaves?: string;
  /** For a plain unit: the links of `[Install]` that it shall have, as absolute paths. Absent: none. */
  readonly links?: readonly string[];
  /** For a plain unit: links that quadgate made for it and that go. Absent: none. */
  readonly oldLinks?: readonly string[];
  /**
   * Whether the change only loads the service, and neither starts nor restarts it: a `job`, or a service
   * that a socket or path starts when it is needed (`triggered`) and that does not run. Absent: it starts it.
   */
  readonly loadOnly?: "job" | "triggered";
  /** Whether a service that is becoming a job still runs as a service, and is stopped. */
  readonly stops?: true;
}

/** What a sync would do, in the order in which it would do it. */
export interface Plan {
  readonly revision: string | null;
  readonly host: string;
  /**
   * sha256 over host, changes, the commands that run before them, the folders that are made and the images to
   * which tags have moved. The same intent has the same digest, whatever the time or score.
   */
  readonly digest: string;
  readonly changes: readonly Change[];
  readonly summary: Readonly<Record<Action, number>>;
  /** Levels of service names, networks and volumes first; within a level the order is free. */
  readonly levels: readonly (readonly string[])[];
  /** Instances that are left as they are, and why (bad input, suspended, failed at this revision before). */
  readonly leftAlone: ReadonlyMap<string, Reason>;
  /** Instances without a change, some of whose services systemd restarts or stops with what changes. */
  readonly sideEffects: ReadonlySet<string>;
  readonly issues: readonly Issue[];
  /** What is worth knowing but prevents nothing from being applied. */
  readonly warnings: readonly Issue[];
}

export type GateState = "open" | "held" | "blocked";

export type RiskLevel = "low" | "medium" | "high";

/** One thing that may go wrong, and how much it counts. */
export interface RiskTerm extends Reason {
  /** Whole number, above 0. */
  readonly weight: number;
}

/** How much may go wrong when a plan is applied now. */
export interface Risk {
  readonly level: RiskLevel;
  readonly terms: readonly RiskTerm[];
}

export interface Verdict {
  readonly state: GateState;
  /** null if there is nothing to apply (quadgate then asks for no report), or if there was no report. */
  readonly score: number | null;
  readonly band: Band | null;
  readonly reasons: readonly Reason[];
  readonly risk: Risk;
}

export interface Outcome {
  readonly instance: string;
  readonly unit: string;
  readonly outcome: OutcomeKind;
  readonly durationMs: number;
  readonly message?: string;
}

/** Whether a unit is not as it was to be: it failed, or what it needs did. */
export function isBad({ outcome }: Pick<Outcome, "outcome">): boolean {
  return outcome === "failed" || outcome === "skipped";
}

/** `1 to create, 2 to update`; empty if there is nothing to do. */
export function describeSummary({ create, update, restart, delete: gone }: Plan["summary"]): string {
  const counts = Object.entries({ create, update, restart, delete: gone }).filter(([, number]) => number > 0);
  return counts.map(([action, number]) => `${number} to ${action}`).join(", ");
}

/** Whether a change puts live drift back without a request from a person (`onDrift: heal`). */
export function isHeal({ action, reasons }: Change): boolean {
  return action !== "none" && reasons.some(({ code }) => code === "self-heal");
}

/** The image that replaces the running one under the same name: its id, as plans show it. */
export function movedTo({ diff }: Pick<Change, "diff">): string | undefined {
  return (
    diff.find(({ path, from, to }) => path === "image.id" && from !== null && to !== null)?.to ?? undefined
  );
}

/**
 * Whether `beforeUpdate` of the instance runs before a change. Loading a service interrupts nothing, and
 * neither does a changed comment, even if it comes with a restart that has another cause.
 */
export function runsHooks({ action, unit, reasons, reloadOnly, loadOnly }: Change): boolean {
  const isText = reloadOnly !== true && reasons.every(({ code }) => code !== "comment-changed");
  return action === "update" && unit.endsWith(".container") && loadOnly === undefined && isText;
}

/** Whether a unit takes over a new text as it runs: a reload, or another start, is enough. */
export function takesOverAsItRuns(unit: string): boolean {
  return /^[^/]+\.(timer|target)$/.test(unit);
}

/** Whether a change restarts the service of a unit that is already on the host. */
export function restartsService({
  action,
  reloadOnly,
  loadOnly,
  unit,
}: Pick<Change, "action" | "reloadOnly" | "loadOnly" | "unit">): boolean {
  if (takesOverAsItRuns(unit)) return false;
  return (action === "update" || action === "restart") && reloadOnly !== true && loadOnly === undefined;
}

/** Instances that a plan changes, and those whose services systemd restarts or stops with them; sorted. */
export function touchedInstances({
  changes,
  sideEffects,
}: Pick<Plan, "changes" | "sideEffects">): readonly string[] {
  const changed = changes.filter(({ action }) => action !== "none").map(({ instance }) => instance);
  return [...new Set([...changed, ...sideEffects])].sort();
}

const AFTER_FAILURE: ReadonlySet<string> = new Set<ReasonCode>([
  "failed-before",
  "taken-along",
  "rollback-unfinished",
]);

/**
 * Whether a reason says that the instance is left alone because its desired state failed, or was put back
 * with one that did.
 */
export function isAfterFailure({ code }: Reason): boolean {
  return AFTER_FAILURE.has(code);
}

/** Reasons for leaving an instance alone that are not errors. */
const ON_PURPOSE: ReadonlySet<string> = new Set<ReasonCode>([
  "instance-suspended",
  "orphaned",
  "failed-before",
  "taken-along",
  "rollback-unfinished",
  "service-masked",
]);

/** The number of instances that errors prevent from becoming what git asks for. */
export function instancesInError({ leftAlone }: Pick<Plan, "leftAlone">): number {
  return [...leftAlone.values()].filter(({ code }) => !ON_PURPOSE.has(code)).length;
}

/** Whether a plan has anything to apply. */
export function isEmptyPlan(plan: Pick<Plan, "changes">): boolean {
  return plan.changes.every((change) => change.action === "none");
}
