import type { Folder } from "../model/host-requirements.ts";
import type { Issue } from "../model/issue.ts";
import type { LiveState } from "../model/live.ts";
import type { Plan } from "../model/plan.ts";
import type { RenderedState } from "./desired.ts";
import type { PrerequisiteFindings } from "./examine-prerequisites.ts";
import type { PutBack } from "./put-back-target.ts";
import type { DriftPolicies } from "./read-drift-policy.ts";

export interface PlanHostOptions {
  /** Only these instances are changed; absent: all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** A person asked for this sync, so that it also undoes changes by hand. */
  readonly attended: boolean;
  /** A person asks to try again what failed before. */
  readonly retry: boolean;
  /** A person allows the deletion of the instances that are named. Absent: false. */
  readonly allowPrune?: boolean | undefined;
  /** The policies that were read when the sync began; absent: they are read now. */
  readonly driftPolicies?: DriftPolicies;
  /** What to put back; absent: what is due. null: nothing, what is due is left alone. */
  readonly putBack?: PutBack | null;
  /** Instances for which podman cannot bring an image, and the error to report; absent: none. */
  readonly unavailable?: ReadonlyMap<string, Issue> | undefined;
  /** An earlier observation, which counts if it was for the same texts; absent: the host is observed. */
  readonly observed?: Observation | undefined;
}

export interface HostPlan {
  /** What git asks for, with the old texts of what is put back. */
  readonly target: RenderedState;
  /** What the plan works towards. */
  readonly effective: RenderedState;
  readonly live: LiveState;
  readonly plan: Plan;
  /** Folders that containers mount, and that quadgate creates if they are missing. */
  readonly folders: readonly Folder[];
  readonly driftPolicies: DriftPolicies;
  readonly observed: Observation;
}

/** What was observed on the host, and for which texts. */
export interface Observation {
  readonly texts: string;
  readonly live: LiveState;
  readonly examined: PrerequisiteFindings;
}
