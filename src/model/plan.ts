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

/** A folder that a container mounts, as it is made. */
export type MadeFolder = Pick<Folder, "path" | "mode" | "nocow"> & Partial<Pick<Folder, "owner">>;

export interface Change {
  readonly instance: string;
  /** Unit.name */
  readonly unit: string;
  /** The systemd service it stands for; null for plain files and drop-ins. */
  readonly service: string | null;
  readonly action: Action;
  readonly reasons: readonly Reason[];
  readonly diff: readonly DiffEntry[];
  /** Digest of the desired content; null when the unit is to be deleted. */
  readonly digest: string | null;
  /** Of a container that is made or updated: sha256 over its instance's `hooks.beforeUpdate`. Absent: it has none. */
  readonly hooks?: string;
  /** Of a container: folders that are made before it starts. Absent: none. */
  readonly folders?: readonly MadeFolder[];
  /** Of a network's unit: podman's name of the network that is there, or is to be. Absent: only systemd knows it. */
  readonly network?: string;
  /** Drop-ins of `systemctl set-property` that are removed with whatever is done. Absolute paths; absent: none. */
  readonly controls?: readonly string[];
  /** Of a network's unit: podman's name of the network, where that was there before quadgate. Absent: quadgate makes it. */
  readonly found?: string;
  /** Of a network's unit: podman's name of a network that was there before quadgate and that this change must not remove. */
  readonly leaves?: string;
}

/** What a sync would do, in the order in which it would do it. */
export interface Plan {
  readonly revision: string | null;
  readonly host: string;
  /**
   * sha256 over host, changes, the commands that run before them, the folders that are made and the images to which tags
   * have moved: the same intent has the same digest, whatever the time or score.
   */
  readonly digest: string;
  readonly changes: readonly Change[];
  readonly summary: Readonly<Record<Action, number>>;
  /** Levels of service names, networks and volumes first: within a level the order is free. */
  readonly levels: readonly (readonly string[])[];
  /** Instances that are left as they are, and why (bad input, suspended, failed at this revision before). */
  readonly leftAlone: ReadonlyMap<string, Reason>;
  /** Instances without a change, some of whose services systemd restarts or stops with what changes. */
  readonly sideEffects: ReadonlySet<string>;
  readonly issues: readonly Issue[];
  /** What is worth knowing, and keeps nothing from being applied. */
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
  /** null when nothing is to be applied (no report is asked for) or none could be had. */
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

/** `1 to create, 2 to update`; empty where there is nothing to do. */
export function describeSummary({ create, update, restart, delete: gone }: Plan["summary"]): string {
  const counts = Object.entries({ create, update, restart, delete: gone }).filter(([, number]) => number > 0);
  return counts.map(([action, number]) => `${number} to ${action}`).join(", ");
}

/** Whether a change puts back what somebody did to the host, and nobody asked for it (`onDrift: heal`). */
export function isHeal({ action, reasons }: Change): boolean {
  return action !== "none" && reasons.some(({ code }) => code === "self-heal");
}

/** The image that a change brings in the place of the one that runs under the same name: its id, as plans show it. */
export function movedTo({ diff }: Pick<Change, "diff">): string | undefined {
  return (
    diff.find(({ path, from, to }) => path === "image.id" && from !== null && to !== null)?.to ?? undefined
  );
}

/** Whether a change has the hooks of its instance run before it. */
export function runsHooks({ action, unit }: Pick<Change, "action" | "unit">): boolean {
  return action === "update" && unit.endsWith(".container");
}

/** Instances that a plan changes, and those whose services systemd restarts or stops with them; sorted. */
export function touchedInstances({
  changes,
  sideEffects,
}: Pick<Plan, "changes" | "sideEffects">): readonly string[] {
  const changed = changes.filter(({ action }) => action !== "none").map(({ instance }) => instance);
  return [...new Set([...changed, ...sideEffects])].sort();
}

/** Why an instance is left alone that has no errors. */
const ON_PURPOSE: ReadonlySet<string> = new Set<ReasonCode>([
  "instance-suspended",
  "failed-before",
  "taken-along",
  "service-masked",
]);

/** How many instances errors keep from what git asks for. */
export function instancesInError({ leftAlone }: Pick<Plan, "leftAlone">): number {
  return [...leftAlone.values()].filter(({ code }) => !ON_PURPOSE.has(code)).length;
}

/** Whether a plan has anything to apply. */
export function isEmptyPlan(plan: Pick<Plan, "changes">): boolean {
  return plan.changes.every((change) => change.action === "none");
}
