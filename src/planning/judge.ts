import { type GateInput, judge, type WindowClosure } from "../gate/index.ts";
import { digestOf } from "../lib/digest.ts";
import type { HealthResult } from "../model/health.ts";
import type { InstanceGate } from "../model/instance.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { isEmptyPlan, type Plan, restartsService, touchedInstances, type Verdict } from "../model/plan.ts";
import type { Approval } from "../model/record.ts";
import { type Unit, unitDigest } from "../model/unit.ts";
import { askHealth } from "../observe/health/ask-health.ts";
import { unitImages } from "../quadlet/images.ts";
import { dependants, dependencies } from "../quadlet/order.ts";
import { type Context, step } from "./context.ts";
import type { RenderedState } from "./desired.ts";
import { retryWhileUnhealthy } from "./health-retry.ts";
import type { HostPlan } from "./host-plan.ts";
import type { Judgement } from "./judgement.ts";
import { withoutLock } from "./without-lock.ts";

/** What a person may say about the gate. */
export interface GateOptions {
  readonly force?: { readonly reason: string } | undefined;
  readonly allowEmpty?: boolean;
  readonly allowPrune?: boolean;
  /** Whether to wait for the host to become healthy, as `gate.retry` says. */
  readonly retryHealth?: boolean;
  readonly signal?: AbortSignal | undefined;
  /**
   * Aborts the question about the host's health with an error. A sync waits for the answer, to record the
   * outcome.
   */
  readonly giveUp?: AbortSignal | undefined;
  /** Digest of a plan that a person has already let through. */
  readonly agreed?: string | undefined;
  /** Asked when the gate holds the plan; true lets exactly this plan through. */
  readonly confirm?: (plan: Plan, verdict: Verdict) => Promise<boolean>;
}

interface JudgeInput {
  readonly hostPlan: HostPlan;
  readonly inventory: Inventory;
}

/**
 * Judges a plan. Asks about the host's health only if there is something to apply. A person may confirm a
 * held plan.
 */
export async function judgePlan(
  context: Context,
  situation: JudgeInput,
  options: GateOptions,
): Promise<Judgement> {
  const { host } = context;
  const { plan, effective } = situation.hostPlan;
  const { settings } = effective;
  return step(context, "gate", async () => {
    const judgeWith = await prepareJudge(context, situation, options);
    const ask = async () => {
      const health = isEmptyPlan(plan) ? null : await askHealth(host, settings.health, options.giveUp);
      return { health, verdict: await judgeWith(health), waited: false, judgedAt: isoNow(host) };
    };
    const first = options.retryHealth
      ? await retryWhileUnhealthy(context, ask, { retry: settings.gate.retry, signal: options.signal })
      : await ask();
    const asked = await askPerson(context, first, { plan, judgeWith, options });
    context.emit({ type: "judged", verdict: asked.verdict });
    return { ...first, ...asked, judgedAt: isoNow(host) };
  });
}

type JudgeWith = (health: HealthResult | null, agreement?: Approval) => Promise<Verdict>;

/**
 * Collects what the gate judges by and what stays the same. Windows and approvals are read at each judgement.
 */
async function prepareJudge(
  context: Context,
  { hostPlan: { effective, plan, live }, inventory }: JudgeInput,
  options: GateOptions,
): Promise<JudgeWith> {
  const { host, state } = context;
  const { settings, generated } = effective;
  const gates = instanceGates(effective);
  const given = {
    plan,
    inventory,
    files: digestsOnDisk(live.files, effective.units),
    settings: { ...settings.gate, prune: settings.prune },
    instanceGates: new Map([...gates].map(([name, own]) => [name, limitsIn(own)])),
    dependants: whoWaitsFor(plan, effective, live.services),
    images: imagesOf(plan, { generated, live }),
    verified: await state.verifiedTexts(),
    force: options.force ?? null,
    allowEmpty: options.allowEmpty === true,
    allowPrune: options.allowPrune === true,
  };
  return async (health, agreement) => {
    const closed = await closedNow(context, effective, plan, gates);
    // A person may have approved the plan while quadgate looked at the host.
    const approval = agreement ?? (await state.readApproval());
    return judge({ ...given, health, approval, closed, now: isoNow(host) });
  };
}

/** Lets a held plan through if a person agrees to it, now or before. */
async function askPerson(
  context: Context,
  { verdict, waited, health }: Judgement,
  { plan, judgeWith, options }: { plan: Plan; judgeWith: JudgeWith; options: GateOptions },
): Promise<Pick<Judgement, "verdict" | "waited" | "agreed">> {
  if (verdict.state !== "held") return { verdict, waited, agreed: options.agreed };
  const ask = async () => options.agreed === plan.digest || (await options.confirm?.(plan, verdict)) === true;
  // A question may stay on a terminal for hours; `--yes` answers it at once.
  const { value: agrees, isLong } = await withoutLock(context, ask);
  if (!agrees) return { verdict, waited: waited || isLong, agreed: options.agreed };
  const again = await judgeWith(health, { digest: plan.digest, expiresAt: null });
  return { verdict: again, waited: waited || isLong, agreed: plan.digest };
}

function isoNow({ clock }: Context["host"]): string {
  return clock.now().toISOString();
}

/**
 * The digest that each file would have as the unit that belongs there: a foreign file differs by its content.
 */
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

/** The running services that wait for each service that the plan restarts, also through one that is down. */
function whoWaitsFor(
  { changes }: Plan,
  { generated }: RenderedState,
  services: LiveState["services"],
): ReadonlyMap<string, ReadonlySet<string>> {
  const waitsFor = dependencies(generated.services);
  const runs = (name: string) => !/^(inactive|failed)$/.test(services.get(name)?.activeState ?? "");
  return new Map(
    changes
      .filter(restartsService)
      .flatMap(({ service }) => service ?? [])
      .map((service) => [service, new Set([...dependants([service], waitsFor)].filter(runs))] as const),
  );
}

/** The windows of the settings and of the instances that the plan touches. */
async function closedNow(
  { host }: Context,
  { settings }: RenderedState,
  plan: Plan,
  gates: Gates,
): Promise<WindowClosure | null> {
  const touched = touchedInstances(plan);
  const groups = [
    { by: null, windows: settings.gate.windows },
    ...touched.flatMap((by) => (gates.get(by) ?? []).map(({ windows = {} }) => ({ by, windows }))),
  ].filter(({ windows }) => windows.allow !== undefined || windows.freeze !== undefined);
  if (touched.length === 0 || groups.length === 0) return null;
  // Few hosts have windows, and cron expressions take a while to load.
  const { closedAt } = await import("../gate/windows.ts");
  return closedAt(groups, host.clock.now().getTime(), host.clock.timezone());
}

type Gates = ReadonlyMap<string, readonly InstanceGate[]>;

/** What each instance asks of the gate, and what is asked for every one. */
function instanceGates({ state, gates }: RenderedState): Gates {
  return new Map(
    state.instances.map(({ name, spec }) => [name, [...gates, ...(spec.gate ? [spec.gate] : [])]]),
  );
}

/** The highest limits that any of an instance's gates names. */
function limitsIn(gates: readonly InstanceGate[]): InstanceGate {
  const highest = (key: "block" | "confirm") => {
    const given = gates.flatMap((gate) => gate[key] ?? []);
    return given.length === 0 ? {} : { [key]: Math.max(...given) };
  };
  return { ...highest("block"), ...highest("confirm") };
}
