import { applyPlan, success } from "../apply/index.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { pause } from "../model/pause.ts";
import type { Change, Outcome, Plan } from "../model/plan.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import type { Unit } from "../model/unit.ts";
import { failedBefore, instanceDigest } from "../plan/index.ts";
import { type Context, step } from "../planning/context.ts";
import { hooksOf, judgingRules } from "../planning/desired.ts";
import { type HostPlan, planAgain } from "../planning/plan-host.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { asIfAsked } from "../planning/read-drift-policy.ts";
import { earlyChecks } from "../quadlet/early-checks.ts";
import { localImages } from "../quadlet/images.ts";
import { isInOrder, partsOf } from "../quadlet/jobs.ts";
import { neededBy } from "../quadlet/links.ts";
import { dependencies } from "../quadlet/order.ts";
import { loadedTexts } from "../quadlet/plain-units.ts";
import {
  begin,
  forgetGone,
  inForce,
  markApplied,
  markEnded,
  rememberFailures,
  withText,
} from "../state/index.ts";
import { longestStartMs } from "../verify/index.ts";
import { type BegunTexts, beginTexts, withStarts } from "./begun-texts.ts";
import { type Conclusion, conclude } from "./conclude.ts";
import { HandOver, type HandOverResult } from "./hand-over.ts";
import { type JudgedTexts, type JudgingFacts, judgeTexts, lastLines, nowOf } from "./judge-texts.ts";
import { keepImages } from "./keep-images.ts";
import { verifiedKeys } from "./verified-texts.ts";
import { whatIsLeft } from "./what-is-left.ts";

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

export interface PassResult extends Conclusion, Omit<HandOverResult, "begun"> {
  readonly outcomes: readonly Outcome[];
}

/**
 * Applies and verifies once. Only the end of a pass records what went well, and the same write records what
 * failed. If putting back is interrupted before it has begun, the next sync finishes it.
 */
export async function pass(whole: PassInput): Promise<PassResult> {
  const { context } = whole;
  const { begun, judging, starts, lost, isOther, ...done } = await apply(whole);
  const input = isOther ? await withoutLost(whole, begun, lost) : whole;
  const isOwn = ({ instance }: Pick<Outcome, "instance">) => !lost.has(instance);
  const applied = done.applied.filter(isOwn);
  const verified = await step(context, "verify", () =>
    verifyOutcomes(input, begun, { applied, judging, starts }),
  );
  const concluded = concludePass(input, begun, verified);
  const inventory = await record(input, begun, concluded, verified);
  const outcomes = [...verified.outcomes, ...done.applied.filter((one) => !isOwn(one))];
  return { ...concluded, inventory, outcomes, starts, lost, isOther };
}

/** A pass once other syncs have taken over instances of it, or changed other ones. */
async function withoutLost(
  { hostPlan, previous, ...input }: PassInput,
  begun: Inventory,
  lost: PassResult["lost"],
): Promise<PassInput> {
  const changes = hostPlan.plan.changes.filter(({ instance }) => !lost.has(instance));
  const present = await unitsInForce(input.context, begun);
  return {
    ...input,
    hostPlan: { ...hostPlan, plan: { ...hostPlan.plan, changes } },
    previous: [...previous, ...present],
  };
}

/** `begun` has the marks of what was begun. */
interface ApplyResult extends HandOverResult {
  readonly applied: readonly Outcome[];
  /** By what the texts are judged. */
  readonly judging: JudgingFacts;
}

async function apply(input: PassInput): Promise<ApplyResult> {
  const { context, signal } = input;
  const { plan, live, effective, folders } = input.hostPlan;
  const timeoutMs = effective.settings.verify.timeout;
  const desired = partsOf({ services: effective.generated.services, units: effective.units, live });
  const loaded = partsOf({ services: loadedTexts(live, context.host.facts), units: [], live });
  const starts = new Map<string, number>();
  const turns = new HandOver(context, input.inventory);
  const inventoryLog = { begin: (changes: readonly Change[]) => beginAll(input, changes, turns) };
  const applied = await step(context, "apply", () =>
    applyPlan({
      host: context.host,
      plan,
      units: effective.units,
      waitsFor: dependencies(effective.generated.services),
      earlyChecks: earlyChecks(effective.generated),
      live,
      isJob: (service) => [desired, loaded].some((partOf) => partOf(service).role === "job"),
      hooks: hooksOf(effective.state),
      folders,
      inventoryLog,
      emit: context.emit,
      onStart: (service, atMs) => void starts.set(service, atMs),
      startTimeoutMs: timeoutMs,
      longestStartMs: (service) => longestStartMs(context.host, service, timeoutMs),
      signal,
      turns,
    }),
  );
  const judging = { generated: effective.generated, partOf: desired };
  return { applied, judging, ...turns.result(starts) };
}

/** Writes down what the pass is about to do. */
async function beginAll(input: PassInput, changes: readonly Change[], turns: HandOver): Promise<void> {
  const { context, inventory } = input;
  const puttingBack = puttingBackIn(input);
  const tried = changes.map(({ instance }) => instance).filter((name) => !puttingBack.has(name));
  const texts = beginTexts(inventory, begunTexts(input, changes));
  const begun = rememberFailures(begin(texts, changes, context.host.clock.ticks()), {}, new Set(tried));
  await context.state.writeInventory(begun);
  turns.begin(begun, changes);
}

/** Instances for which a pass tries nothing new. */
function puttingBackIn({ hostPlan, bystanders = new Set() }: PassInput): ReadonlySet<string> {
  return new Set([...(hostPlan.effective.putBack ?? []), ...bystanders]);
}

function begunTexts({ context, hostPlan }: PassInput, changes: readonly Change[]): BegunTexts {
  const { plan, target, effective } = hostPlan;
  const hooks = hooksOf(target.state);
  return {
    changes,
    units: effective.units,
    revision: plan.revision,
    rulesOf: (instance) => judgingRules(effective, instance),
    attemptOf: (instance) => instanceDigest(target.units, instance, hooks),
    needs: neededBy(effective.generated.services),
    puttingBack: effective.putBack ?? new Set(),
    now: nowOf(context),
  };
}

/** How long a container may be gone before systemd says that its service has ended. */
const ENDING_MS = 1_000;

/** What is left to do of what was applied. */
async function planOnceMore(
  { context, hostPlan, signal }: PassInput,
  inventory: Inventory,
  done: readonly Change[],
): Promise<HostPlan> {
  const applied = markApplied(inventory, done, hostPlan.plan.revision);
  const look = () =>
    planAgain(context, { ...hostPlan, driftPolicies: asIfAsked(hostPlan.driftPolicies) }, applied, {
      only: new Set(done.map((change) => change.instance)),
      attended: true,
      retry: true,
    });
  const first = await look();
  const isGone = ({ reasons }: Change) => reasons.some(({ code }) => code === "container-missing");
  if (!first.plan.changes.some(isGone)) return first;
  await pause(context.host.clock, ENDING_MS, signal);
  return look();
}

interface VerifyResult {
  readonly outcomes: readonly Outcome[];
  readonly live: LiveState;
  /** By instance: what a service of it that failed wrote last. */
  readonly output: ReadonlyMap<string, readonly string[]>;
}

/**
 * Looks at what has become of the texts so far, and plans again: for what was applied, nothing may be left
 * to do.
 */
async function verifyOutcomes(
  input: PassInput,
  inventory: Inventory,
  { applied, judging, starts }: Pick<ApplyResult, "applied" | "judging" | "starts">,
): Promise<VerifyResult> {
  const { context, hostPlan } = input;
  if (applied.length === 0) return { outcomes: [], live: hostPlan.live, output: new Map() };
  const { plan } = hostPlan;
  const done = plan.changes.filter(({ action }) => action !== "none");
  const again = await planOnceMore(input, inventory, done);
  const begun = [...new Set(done.map(({ instance }) => instance))].filter(
    (name) => !puttingBackIn(input).has(name),
  );
  const { results } = await judgeTexts(context, withStarts(inventory, starts, begun), begun, judging);
  const seen = seenOf(plan, inventory, results);
  const kept = new Set(plan.changes.flatMap(({ unit, reloadOnly }) => (reloadOnly ? [unit] : [])));
  // What has not been restarted may differ in other ways, which are not of this sync's making.
  const left = whatIsLeft(again.plan.changes.filter((one) => one.reloadOnly || !kept.has(one.unit)));
  const outcomes = applied.map((outcome) => {
    const isBad = outcome.outcome === "failed" || outcome.outcome === "skipped";
    if (isBad) return seen.open.has(outcome.instance) ? asStarted(plan, outcome) : outcome;
    // How it ended says more than that its container is gone.
    const message = seen.ended.get(outcome.unit) ?? left.failures.get(outcome.unit);
    if (message === undefined) return withWarning(context, outcome, left.warnings.get(outcome.unit));
    const failed = { ...outcome, outcome: "failed" as const, message };
    context.emit({ type: "unit-finished", outcome: failed });
    return failed;
  });
  return { outcomes, live: again.live, output: await lastWords(context, plan, { applied, outcomes }) };
}

/** Reads what the services that failed wrote last, and shows what the apply has not shown yet. */
async function lastWords(
  context: Context,
  { changes }: Plan,
  { applied, outcomes }: { readonly applied: readonly Outcome[]; readonly outcomes: readonly Outcome[] },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const shown = new Set(applied.flatMap(({ unit, outcome }) => (outcome === "failed" ? [unit] : [])));
  const found = new Map<string, readonly string[]>();
  for (const { unit, instance, outcome } of outcomes) {
    const service = changes.find((change) => change.unit === unit)?.service;
    if (outcome !== "failed" || !service) continue;
    const lines = await lastLines(context, service);
    if (lines.length === 0) continue;
    found.set(instance, lines);
    if (!shown.has(unit)) context.emit({ type: "journal", unit, lines });
  }
  return found;
}

/** Says what differs although the sync went well. */
function withWarning({ emit }: Context, outcome: Outcome, message: string | undefined): Outcome {
  if (message === undefined) return outcome;
  emit({ type: "warning", message: `${outcome.unit}: ${message}` });
  return { ...outcome, message };
}

interface Seen {
  /** By unit of a service that has ended: how. */
  readonly ended: ReadonlyMap<string, string>;
  /** Instances of which somebody ended a service: it stays down, or systemd has started it again. */
  readonly open: ReadonlySet<string>;
}

function seenOf({ changes }: Plan, { texts }: Inventory, results: JudgedTexts["results"]): Seen {
  const unitOf = (service: string) => changes.find((change) => change.service === service)?.unit ?? "";
  const verdicts = [...results].map(([instance, { verdict }]) => ({ instance, verdict }));
  const ended = verdicts.flatMap(({ verdict }) =>
    verdict.kind === "ended" ? [[unitOf(verdict.service), verdict.message] as const] : [],
  );
  const isNewCount = (name: string) => results.get(name)?.text.from.ms !== texts[name]?.from.ms;
  const open = verdicts.filter(({ instance, verdict }) =>
    verdict.kind === "stopped" ? verdict.by === undefined : verdict.kind === "waits" && isNewCount(instance),
  );
  return { ended: new Map(ended), open: new Set(open.map(({ instance }) => instance)) };
}

/** A start that somebody has ended has not failed: the text is in force. */
function asStarted({ changes }: Plan, outcome: Outcome): Outcome {
  const change = changes.find(({ unit }) => unit === outcome.unit);
  const isStart = change !== undefined && change.action !== "delete" && outcome.outcome === "failed";
  return isStart ? success(change, outcome.durationMs) : outcome;
}

function concludePass(input: PassInput, begun: Inventory, { outcomes, live }: VerifyResult): Conclusion {
  const { context, hostPlan } = input;
  const { plan, target, effective } = hostPlan;
  const { generated } = effective;
  const hooks = hooksOf(target.state);
  const partOf = partsOf({ services: generated.services, units: effective.units, live });
  const still = failedBefore({
    units: target.units,
    hooks,
    inventory: begun,
    puttingBack: target.putBack,
  });
  // What has failed in another sync meanwhile is of another text.
  const isKnown = (name: string) => begun.failed[name]?.at === input.inventory.failed[name]?.at;
  return conclude({
    plan,
    outcomes,
    inventory: begun,
    before: input.inventory,
    needs: neededBy(generated.services),
    waitsFor: dependencies(generated.services),
    isActive: (service) =>
      isInOrder(service, generated.services.get(service)?.text, live.services.get(service), partOf),
    puttingBack: puttingBackIn(input),
    stopped: input.signal?.aborted === true,
    digestOf: (instance) => instanceDigest(target.units, instance, hooks),
    // Putting back works without git, so that it does not know what git asks for now.
    over: input.bystanders
      ? []
      : Object.keys(begun.failed).filter(
          (name) => isKnown(name) && !still.has(name) && !plan.leftAlone.has(name),
        ),
    now: context.host.clock.now().toISOString(),
  });
}

/** Writes the result of a pass, with the texts that are in force after it. */
async function record(
  input: PassInput,
  begun: Inventory,
  concluded: Conclusion,
  { live, output }: VerifyResult,
): Promise<Inventory> {
  const { inventory, done } = concluded;
  const { context, previous } = input;
  const { effective } = input.hostPlan;
  const { state } = context;
  const generation = await state.storeGeneration(inForce(inventory, [...effective.units, ...previous]));
  const isSame = JSON.stringify(inventory) === JSON.stringify(begun);
  if (isSame && generation === inventory.generation) return inventory;
  const adopted = withoutAdopted({ ...inventory, generation }, input.inventory, done);
  const local = localImages([...effective.generated.byUnit.keys()], {
    generated: effective.generated,
    images: live.images,
  });
  const after = withEnds(context, forgetGone(adopted), { ...concluded, output, local });
  await keepImages(context, input.inventory, after);
  await state.writeInventory(after);
  await state.addVerified(verifiedKeys(done, { ...effective, live }));
  return after;
}

/**
 * Forgets what was known of texts that were found in force instead of others: those have proved themselves.
 */
function withoutAdopted(inventory: Inventory, before: Inventory, done: readonly Change[]): Inventory {
  const found = done.filter(
    ({ action, unit, digest }) =>
      action === "none" && before.units[unit]?.pending === undefined && before.units[unit]?.digest !== digest,
  );
  return found.reduce((known, { instance }) => withText(known, instance, undefined), inventory);
}

/** Marks the texts that have ended as due to be put back. */
function withEnds(
  context: PassInput["context"],
  inventory: Inventory,
  concluded: Conclusion & Pick<VerifyResult, "output"> & { readonly local: TextInForce["images"] },
): Inventory {
  const { putBack, failed, takenAlong, attempts, output, local } = concluded;
  const now = nowOf(context);
  return [...putBack].reduce((known, name) => {
    // If the apply failed before its first effect, another text is in force.
    if (known.texts[name]?.attempt !== attempts[name]?.digest) return known;
    const because = takenAlong.get(name);
    const lines = because === undefined ? output.get(name) : undefined;
    const said = lines === undefined ? {} : { output: lines };
    const cause = because === undefined ? {} : { because };
    const images = Object.fromEntries(
      Object.entries(local).filter(([unit]) => known.units[unit]?.instance === name),
    );
    const { units } = attempts[name] ?? {};
    const part = units === undefined ? {} : { units };
    const message = failed.get(name) ?? "failed";
    return markEnded(known, name, { message, now, images, ...cause, ...said, ...part });
  }, inventory);
}
