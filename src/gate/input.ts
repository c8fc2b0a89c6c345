import type { HealthResult } from "../model/health.ts";
import type { InstanceGate } from "../model/instance.ts";
import type { Inventory } from "../model/inventory.ts";
import type { GateState, Plan, Reason } from "../model/plan.ts";
import type { Approval } from "../model/record.ts";
import type { Settings, Window } from "../model/settings-schema.ts";
import type { UnitImage } from "../model/unit-image.ts";

/** Everything that a verdict depends on. Equal inputs always give equal verdicts. */
export interface GateInput {
  readonly plan: Plan;
  readonly inventory: Inventory;
  /**
   * By Unit.name: the digest that the unit would have with the file that is on disk now, whoever wrote it.
   */
  readonly files: ReadonlyMap<string, { readonly digest: string }>;
  /** null: quadgate did not ask. Only an empty plan needs no answer; any other plan is then blocked. */
  readonly health: HealthResult | null;
  readonly settings: Settings["gate"] & { readonly prune: Settings["prune"] };
  /** By instance: the `gate` key of its manifest. */
  readonly instanceGates: ReadonlyMap<string, InstanceGate>;
  /** The windows that forbid changes at this time; null: none does. */
  readonly closed: WindowClosure | null;
  /**
   * By service that the plan restarts: the services of this host's units that run and wait for it, directly
   * or indirectly.
   */
  readonly dependants: ReadonlyMap<string, ReadonlySet<string>>;
  readonly approval: Approval | null;
  /** By Unit.name: the images of the units that the plan starts. Other units do not name an image. */
  readonly images: ReadonlyMap<string, UnitImage>;
  /**
   * `textKey` and `imageKey` of the units, and `hooksKey` of the hooks, that an earlier sync verified on this
   * host.
   */
  readonly verified: ReadonlySet<string>;
  /** `--force --reason TEXT`: overrides only the rules that are `forceable`. */
  readonly force: { readonly reason: string } | null;
  /** A person allowed an empty desired state, which deletes everything. */
  readonly allowEmpty: boolean;
  /** A person allowed a prune above the limit. */
  readonly allowPrune: boolean;
  /** ISO 8601 */
  readonly now: string;
}

/** A freeze window that is open, or allow windows that are all closed. */
export interface WindowClosure {
  readonly kind: "frozen" | "outside";
  /** The instance that has these windows; null: the settings. */
  readonly by: string | null;
  readonly windows: readonly Window[];
  /** ISO 8601: when changes are allowed again; null: never. */
  readonly opensAt: string | null;
}

/** What one rule finds in the input. */
export interface Finding {
  readonly state: GateState;
  readonly reasons: readonly Reason[];
}

export interface Rule {
  readonly name: string;
  /** Whether `--force` overrides the rule. */
  readonly forceable: boolean;
  /** null: the rule has nothing to say about this plan. */
  readonly judge: (input: GateInput) => Finding | null;
}
