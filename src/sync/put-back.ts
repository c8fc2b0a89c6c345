import type { Inventory } from "../model/inventory.ts";
import { planHost } from "../planning/plan-host.ts";
import { isKept, notPutBack, TEXTS_LOST } from "../planning/put-back-target.ts";
import { asIfAsked } from "../planning/read-drift-policy.ts";
import { bondsOf } from "../quadlet/links.ts";
import { dependants } from "../quadlet/order.ts";
import { type PassInput, type PassResult, pass } from "./apply-and-verify.ts";

export interface PutBackResult {
  readonly inventory: Inventory;
  /** Instances that run again with the texts that were in force before. */
  readonly back: ReadonlySet<string>;
  /** Instances that are not back, and why. */
  readonly stuck: ReadonlyMap<string, string>;
}

/** Puts instances back to the units that were in force, if the texts of these are stored. */
export async function putBackFailed(input: PassInput, first: PassResult): Promise<PutBackResult> {
  const names = new Set([...first.putBack].filter((name) => isKept(name, input.inventory, input.previous)));
  const lost = [...first.putBack]
    .filter((name) => !names.has(name))
    .map((name) => [name, TEXTS_LOST] as const);
  const done = names.size === 0 ? undefined : await applyPrevious(input, first, names);
  const stuck = new Map([...(done?.stuck ?? []), ...lost]);
  for (const [name, why] of stuck) input.context.emit({ type: "warning", message: `${name}: ${why}` });
  return { inventory: done?.inventory ?? first.inventory, back: done?.back ?? new Set(), stuck };
}

/** Runs a pass over the old texts, including services that systemd stops together with them. */
async function applyPrevious(
  input: PassInput,
  first: PassResult,
  names: ReadonlySet<string>,
): Promise<PutBackResult> {
  const { context, hostPlan, previous, inventory } = input;
  const bound = boundTo(input, names);
  const target = { ...hostPlan.target, revision: inventory.appliedRevision };
  const back = await planHost(context, target, first.inventory, {
    only: new Set([...names, ...bound]),
    attended: true,
    retry: false,
    driftPolicies: asIfAsked(hostPlan.driftPolicies),
    putBack: { names: new Set([...names, ...untried(input, bound)]), before: previous },
  });
  // Nothing interrupts this pass: what it puts back does not run, or does not work.
  const second = await pass({ context, hostPlan: back, inventory: first.inventory, previous });
  const concerned = new Set([...names, ...bound.filter((name) => first.failed.has(name))]);
  const stuck = notPutBack(back.plan, second, concerned);
  return {
    inventory: second.inventory,
    back: new Set([...concerned].filter((name) => !stuck.has(name))),
    stuck,
  };
}

/** Those whose texts in git this sync has not applied: putting others back must not bring these. */
function untried(
  { hostPlan: { plan }, inventory, previous }: PassInput,
  bound: readonly string[],
): readonly string[] {
  const isUntried = (name: string) =>
    plan.changes.some(
      ({ instance, unit, action, digest }) =>
        instance === name && action === "none" && (inventory.units[unit]?.digest ?? null) !== digest,
    );
  return [...new Set(bound)].filter((name) => isUntried(name) && isKept(name, inventory, previous));
}

/** Instances whose services systemd stops or restarts together with those of others. */
function boundTo({ hostPlan }: PassInput, names: ReadonlySet<string>): readonly string[] {
  const { plan, effective } = hostPlan;
  const services = plan.changes.flatMap(({ instance, service }) =>
    names.has(instance) ? (service ?? []) : [],
  );
  const bound = dependants(services, bondsOf(effective.generated.services));
  return plan.changes.flatMap(({ instance, service }) => (bound.has(service ?? "") ? [instance] : []));
}
