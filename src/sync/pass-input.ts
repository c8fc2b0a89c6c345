import type { Inventory } from "../model/inventory.ts";
import type { Unit } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import type { HostPlan } from "../planning/host-plan.ts";

export interface PassInput {
  readonly context: Context;
  readonly hostPlan: HostPlan;
  readonly inventory: Inventory;
  /** The sources in force before this sync. */
  readonly previous: readonly Unit[];
  /** Instances that only restart with what is put back; their past failures still count. Absent: none. */
  readonly bystanders?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

/** Instances for which a pass tries nothing new. */
export function puttingBackIn({ hostPlan, bystanders = new Set() }: PassInput): ReadonlySet<string> {
  return new Set([...(hostPlan.effective.putBack ?? []), ...bystanders]);
}
