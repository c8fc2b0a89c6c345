import { type Closed, type GateInput, judge } from "../gate/index.ts";
import { digestOf } from "../lib/digest.ts";
import type { HealthResult } from "../model/health.ts";
import type { InstanceGate } from "../model/instance.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { isEmptyPlan, type Plan, touchedInstances, type Verdict } from "../model/plan.ts";
import type { Approval } from "../model/record.ts";
import { type Unit, unitDigest } from "../model/unit.ts";
import { askHealth } from "../observe/health/index.ts";
import { unitImages } from "../quadlet/images.ts";
import { dependants, dependencies } from "../quadlet/order.ts";
import { type Context, step } from "./context.ts";
import type { Desired } from "./desired.ts";
import { retryWhileUnhealthy } from "./health-retry.ts";
import type { Judgement } from "./judgement.ts";
import type { HostPlan } from "./plan-host.ts";

/** What a person may say about the gate. */
export interface GateOptions {
  readonly force?: { readonly reason: string } | undefined;
  readonly allowEmpty?: boolean;
  readonly allowPrune?: boolean;
  /** Whether it is worth waiting for the host to get well, as `gate.retry` says. */
  readonly retryHealth?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Ends the question for the host's health, by an error. A sync waits for the answer, to record what came of it. */
  readonly giveUp?: AbortSignal | undefined;
  /** Digest of a plan that a person has let through already. */
  readonly agreed?: string | undefined;
  /** Asked when the gate holds the plan; true lets exactly this plan through. */
  readonly confirm?: (plan: Plan, verdict: Verdict) => Promise<boolean>;
}

/** Asks for the host's health when there is something to apply, and judges; a person may confirm what is held. */
export async function judgePlan(
  context: Context,
  situation: { readonly hostPlan: HostPlan; readonly inventory: Inventory },
  options: GateOptions,
): Promise<Judgement> {
  const { host, state } = context;
  const { hostPlan, inventory } = situation;
  const { effective: desired, plan, live } = hostPlan;
  return step(context, "gate", async () => {
    const { gate, health: how } = desired.settings;
    const gates = instanceGates(desired);
    const given = {
      plan,
      inventory,
      files: digestsOnDisk(live.files, desired.units),
      settings: { ...gate, prune: desired.settings.prune },
      instanceGates: gates,
      dependants: whoWaitsFor(plan, desired, live.services),
      images: imagesOf(plan, { generated: desired.generated, live }),
      verified: await state.verifiedTexts(),
      force: options.force ?? null,
      allowEmpty: options.allowEmpty === true,
      allowPrune: options.allowPrune === true,
    };
    const judgeNow = async (health: HealthResult | null, agreement?: Approval) => {
      const closed = await closedNow(context, desired, plan, gates);
      // A person may have approved the plan while the host was looked at.
      const approval = agreement ?? (await state.readApproval());
      return judge({ ...given, health, approval, closed, now: isoNow(host) });
    };
    const ask = async () => {
      const health = isEmptyPlan(plan) ? null : await askHealth(host, how, options.giveUp);
      return { health, verdict: await judgeNow(health), waited: false, judgedAt: isoNow(host) };
    };
    const first = options.retryHealth
      ? await retryWhileUnhealthy(context, ask, { retry: gate.retry, signal: options.signal })
      : await ask();
    let { verdict, waited } = first;
    const asked = host.clock.ticks();
    const agrees = async () => options.agreed === plan.digest || options.confirm?.(plan, verdict);
    const agreed = verdict.state === "held" && (await agrees()) ? plan.digest : options.agreed;
    if (verdict.state === "held" && agreed === plan.digest) {
      // A question may stand on a terminal for hours; `--yes` answers it at once.
      waited ||= host.clock.ticks() - asked > 1_000;
      verdict = await judgeNow(first.health, { digest: plan.digest, expiresAt: null });
    }
    context.emit({ type: "judged", verdict });
    return { ...first, verdict, waited, agreed, judgedAt: isoNow(host) };
  });
}

function isoNow({ clock }: Context["host"]): string {
  return clock.now().toISOString();
}

/** What each file would be as the unit that is wanted there: it is its content that makes it somebody else's. */
function digestsOnDisk(files: LiveState["files"], units: readonly Unit[]): GateInput["files"] {
  const wanted = new Map(units.map((unit) => [unit.name, unit]));
  return new Map(
    [...files].map(([name, { content }]) => {
      const unit = wanted.get(name);
      return [name, { digest: unit === undefined ? digestOf(content) : unitDigest({ ...unit, content }) }];
    }),
  );
}

function imagesOf({ changes }: Plan, observed: Parameters<typeof unitImages>[1]): GateInput["images"] {
  const started = changes.filter(({ action }) => action !== "none" && action !== "delete");
  return unitImages(
    started.map(({ unit }) => unit),
    observed,
  );
}

/** By service that the plan restarts. Who waits through one that is down waits all the same. */
function whoWaitsFor(
  { changes }: Plan,
  { generated }: Desired,
  services: LiveState["services"],
): ReadonlyMap<string, ReadonlySet<string>> {
  const waitsFor = dependencies(generated.services);
  const runs = (name: string) => !/^(inactive|failed)$/.test(services.get(name)?.activeState ?? "");
  const restarted = changes.filter(({ action }) => action === "update" || action === "restart");
  return new Map(
    restarted
      .flatMap(({ service }) => service ?? [])
      .map((service) => [service, new Set([...dependants([service], waitsFor)].filter(runs))] as const),
  );
}

/** The windows of the settings and of the instances that the plan touches. */
async function closedNow(
  { host }: Context,
  { settings }: Desired,
  plan: Plan,
  gates: ReadonlyMap<string, InstanceGate>,
): Promise<Closed | null> {
  const touched = touchedInstances(plan);
  const groups = [
    { by: null, windows: settings.gate.windows },
    ...touched.map((by) => ({ by, windows: gates.get(by)?.windows ?? {} })),
  ].filter(({ windows }) => windows.allow !== undefined || windows.freeze !== undefined);
  if (touched.length === 0 || groups.length === 0) return null;
  // Few hosts have windows, and cron expressions take a while to load.
  const { closedAt } = await import("../gate/windows.ts");
  return closedAt(groups, host.clock.now().getTime(), host.clock.timezone());
}

function instanceGates({ state }: Desired): ReadonlyMap<string, InstanceGate> {
  return new Map(
    state.instances.flatMap((one) =>
      one.kind === "pattern" && one.spec.gate ? [[one.name, one.spec.gate]] : [],
    ),
  );
}
