import type { HealthResult } from "../model/health.ts";
import type { InstanceGate } from "../model/instance.ts";
import type { Inventory } from "../model/inventory.ts";
import type { GateState, Plan, Reason } from "../model/plan.ts";
import type { Approval } from "../model/record.ts";
import type { Settings, Window } from "../model/settings-schema.ts";
import type { UnitImage } from "../model/unit-image.ts";

/** Everything that a verdict depends on: the same input always gives the same verdict. */
export interface GateInput {
  readonly plan: Plan;
  readonly inventory: Inventory;
  /** By Unit.name: the digest that the unit would have with what stands on disk now, whoever wrote it. */
  readonly files: ReadonlyMap<string, { readonly digest: string }>;
  /** null: not asked. That is right for an empty plan alone; any other plan is then blocked. */
  readonly health: HealthResult | null;
  readonly settings: Settings["gate"] & { readonly prune: Settings["prune"] };
  /** By instance: the `gate` key of its manifest. */
  readonly instanceGates: ReadonlyMap<string, InstanceGate>;
  /** What keeps changes away at this time; null: no window does. */
  readonly closed: Closed | null;
  /** By service that the plan restarts: the services of this host's units that run and wait for it, directly or not. */
  readonly dependants: ReadonlyMap<string, ReadonlySet<string>>;
  readonly approval: Approval | null;
  /** By Unit.name: the images of what the plan is to start. A unit that is not in it brings none by name. */
  readonly images: ReadonlyMap<string, UnitImage>;
  /** `textKey` and `imageKey` of the units, and `hooksKey` of the hooks, that were verified on this host before. */
  readonly verified: ReadonlySet<string>;
  /** `--force --reason TEXT`: overrides the rules about health and risk, and no other. */
  readonly force: { readonly reason: string } | null;
  /** A person asked for a sync of nothing, which deletes everything. */
  readonly allowEmpty: boolean;
  /** A person asked for a prune above the limit. */
  readonly allowPrune: boolean;
  /** ISO 8601 */
  readonly now: string;
}

/** A freeze window that is open, or allow windows that are not. */
export interface Closed {
  readonly kind: "frozen" | "outside";
  /** The instance whose windows they are; null: the settings. */
  readonly by: string | null;
  readonly windows: readonly Window[];
  /** ISO 8601: when changes are allowed again; null: never. */
  readonly opensAt: string | null;
}

/** What one rule makes of the input. */
export interface Finding {
  readonly state: GateState;
  readonly reasons: readonly Reason[];
}

export interface Rule {
  readonly name: string;
  /** Whether `--force` opens it. */
  readonly forceable: boolean;
  /** null: the rule has nothing to say about this plan. */
  readonly judge: (input: GateInput) => Finding | null;
}
