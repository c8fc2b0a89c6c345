import { type Context, step } from "./context.ts";
import type { Desired } from "./desired.ts";
import { judge } from "./gate/index.ts";
import type { State } from "./history/index.ts";
import type { HealthLook, HealthResult } from "./model/health.ts";
import type { Inventory } from "./model/inventory.ts";
import { isEmptyPlan, type Plan, type Verdict } from "./model/plan.ts";
import { digestOf } from "./model/unit.ts";
import { askHealth } from "./observe/health/index.ts";
import { dependants, dependencies } from "./plan/index.ts";
import { lookUntilSettled } from "./settle.ts";
import type { Survey } from "./survey.ts";

/** What a person may say about the gate. */
export interface GateOptions {
  readonly force?: { readonly reason: string } | undefined;
  readonly allowEmpty?: boolean;
  readonly allowPrune?: boolean;
  /** Whether it is worth waiting for the host to get well, as `gate.retry` says. */
  readonly settle?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Asked when the gate holds the plan; true lets exactly this plan through. */
  readonly confirm?: (plan: Plan, verdict: Verdict) => Promise<boolean>;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** null: nothing is to be applied, so nobody was asked. */
  readonly health: HealthResult | null;
  /** Set where it took more than one. */
  readonly looks?: readonly HealthLook[];
}

/** Asks for the host's health when there is something to apply, and judges; a person may confirm what is held. */
export async function judgePlan(
  context: Context,
  state: State,
  situation: { readonly desired: Desired; readonly seen: Survey; readonly inventory: Inventory },
  options: GateOptions,
): Promise<Judgement> {
  const { host } = context;
  const { desired, seen, inventory } = situation;
  const { plan, live } = seen;
  return step(context, "gate", async () => {
    const { gate, health: how } = desired.settings;
    const given = {
      plan,
      inventory,
      files: new Map([...live.files].map(([name, file]) => [name, { digest: digestOf(file.content) }])),
      settings: { ...gate, prune: desired.settings.prune },
      instanceGates: instanceGates(desired),
      dependants: whoWaitsFor(plan, desired),
      approval: await state.readApproval(),
      verified: await state.verifiedDigests(),
      force: options.force ?? null,
      allowEmpty: options.allowEmpty === true,
      allowPrune: options.allowPrune === true,
    };
    const now = () => host.clock.now().toISOString();
    const look = async () => {
      const health = isEmptyPlan(plan) ? null : await askHealth(host, how);
      return { health, verdict: judge({ ...given, health, now: now() }) };
    };
    const seenAs = options.settle
      ? await lookUntilSettled(context, look, { retry: gate.retry, signal: options.signal })
      : await look();
    let { verdict } = seenAs;
    if (verdict.state === "held" && (await options.confirm?.(plan, verdict))) {
      const approval = { digest: plan.digest, expiresAt: null };
      verdict = judge({ ...given, health: seenAs.health, now: now(), approval });
    }
    context.emit({ type: "judged", verdict });
    return { ...seenAs, verdict };
  });
}

/** By service that the plan restarts. */
function whoWaitsFor({ changes }: Plan, { generated }: Desired): ReadonlyMap<string, ReadonlySet<string>> {
  const waitsFor = dependencies(generated);
  const restarted = changes.filter(({ action }) => action === "update" || action === "restart");
  return new Map(
    restarted.flatMap(({ service }) =>
      service === null ? [] : [[service, dependants([service], waitsFor)] as const],
    ),
  );
}

function instanceGates({
  state,
}: Desired): ReadonlyMap<string, { block?: number | undefined; confirm?: number | undefined }> {
  return new Map(
    state.instances.flatMap((one) =>
      one.kind === "pattern" && one.spec.gate ? [[one.name, one.spec.gate]] : [],
    ),
  );
}
