import { type Inventory, isInForce } from "../model/inventory.ts";
import { type Change, isEmptyPlan, type Outcome, type Plan, type Verdict } from "../model/plan.ts";
import type { ReasonCode } from "../model/reasons.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";
import { endUnchanged } from "../model/stop.ts";
import { type Context, step } from "../planning/context.ts";
import { ignoredDrift, type RenderedState, suspendedByManifest } from "../planning/desired.ts";
import { dueWithNewText } from "../planning/due-put-backs.ts";
import type { Situation } from "../planning/plan-commit.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { createPulls } from "../pull/index.ts";
import { withAppliedRevision } from "../state/index.ts";
import { type Convergence, converge } from "./converge.ts";
import { type DecideOptions, type Decision, decide } from "./decide.ts";
import { writeDocumentation } from "./documentation.ts";
import { keepHeld, letGo, markBegun } from "./held-plan.ts";
import { bringImages, type ImageOptions, joined, lackingImages, NONE_TRIED } from "./images-first.ts";
import { type LockOptions, whileLocked } from "./lock.ts";
import type { PutBackResult } from "./put-back.ts";
import { makeRecord, resultOf, withEndings } from "./sync-record.ts";
import { sweep } from "./temporary-files.ts";
import { putBackAndWrite, tendTexts } from "./tend.ts";
import { type WatchedTexts, watchTexts } from "./watch.ts";

export interface SyncOptions extends DecideOptions, LockOptions, ImageOptions {
  readonly trigger: string;
  /** Runs under the sync's first lock, before it decides, and may add to its options. */
  readonly begin?: (() => Promise<Pick<DecideOptions, "only" | "observed">>) | undefined;
}

export interface SyncReport {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly result: SyncResult;
  readonly outcomes: readonly Outcome[];
  readonly record: SyncRecord;
  readonly desired: RenderedState;
  /** Paths of the files that were written to docsDir. */
  readonly documents: readonly string[];
}

/**
 * Runs one sync. It judges the texts in force first and puts back what has ended. Then it runs the path:
 * source, manifest, render, observe, plan, gate, pull, apply, verify, record. It does not hold the lock while
 * podman pulls and builds images, and decides again after that; nor while it watches what it has applied.
 * Throws `interrupted` if it is asked to end before it has changed anything, `locked` if another sync does
 * not end in time, and Overtaken.
 */
export async function reconcile(context: Context, asked: SyncOptions): Promise<SyncReport> {
  const startedAt = context.host.clock.now().toISOString();
  const { pulls = createPulls(context.host), attended, signal } = asked;
  const putBack: Outcome[] = [];
  let options = asked;
  for (let images = NONE_TRIED; ; ) {
    const { applied, lacking } = await whileLocked(context, asked, async () => {
      options = { ...options, ...(await options.begin?.()), begin: undefined };
      const { inventory, outcomes } = await tendFirst(context);
      putBack.push(...outcomes);
      const decision = await decide(context, inventory, options);
      const lacking = await lackingImages(context, decision, { ...images, pulls });
      return lacking === undefined ? { applied: await carryOut(context, decision, options) } : { lacking };
    });
    asked.onRelease?.();
    if (applied !== undefined) return concludeSync(context, { ...applied, startedAt, putBack }, options);
    images = joined(images, await bringImages(context, lacking, { pulls, attended, signal }));
    options = { ...options, observed: undefined, before: lacking, unavailable: images.unavailable };
  }
}

/** A sync that has applied its plan, or applied nothing. */
interface AppliedSync extends Decision {
  readonly startedAt: string;
  readonly acted: ActResult;
  /** What was done to units before that, to put back texts of earlier syncs. */
  readonly putBack: readonly Outcome[];
}

/** Does what was decided. The caller holds the lock. */
async function carryOut(
  context: Context,
  decision: Decision,
  options: SyncOptions,
): Promise<Pick<AppliedSync, "acted" | keyof Decision>> {
  const { situation, judgement } = decision;
  const { verdict } = judgement;
  if (verdict.state !== "open") {
    return { ...decision, acted: await hold(context, situation, { verdict, options }) };
  }
  if (!isEmptyPlan(situation.hostPlan.plan)) endUnchanged(options.signal);
  return { ...decision, acted: await act(context, situation, options) };
}

/**
 * Watches what a sync has applied until it is known what becomes of it, and records the sync. The caller does
 * not hold the lock.
 */
async function concludeSync(
  context: Context,
  { startedAt, situation, judgement, acted, putBack }: AppliedSync,
  options: SyncOptions,
): Promise<SyncReport> {
  const { desired, hostPlan } = situation;
  const { plan } = hostPlan;
  const endings = await step(context, "verify", () => watchTexts(context, acted.watched, options.signal));
  return whileLocked(context, { lockWaitMs: RECORD_WAIT_MS }, async () => {
    const { state } = context;
    const inventory = await state.readInventory();
    const { outcomes, result } = withEndings(acted, endings, endings.size < acted.watched.size);
    const { trigger, force, only } = options;
    const stopped = options.signal?.aborted === true;
    const sync = {
      startedAt,
      trigger,
      forced: force?.reason,
      plan,
      judgement,
      stopped,
      inventory,
      outcomes,
      result,
    };
    const record = makeRecord(context, sync);
    await step(context, "record", () => state.appendRecord(record));
    context.emit({ type: "recorded", record });
    const { verdict } = judgement;
    const documented = { desired, plan, record, inventory, only };
    const documents = verdict.state === "open" ? await writeDocumentation(context, documented) : [];
    return { plan, desired, verdict, result, outcomes: [...putBack, ...outcomes], record, documents };
  });
}

/** How long a sync waits for another one before it writes its record. */
const RECORD_WAIT_MS = 30 * 60_000;

/** Judges the texts in force, and puts back those that have ended unless git has another text for them. */
async function tendFirst(context: Context): Promise<Pick<PutBackResult, "inventory" | "outcomes">> {
  const found = await context.state.readInventory();
  await sweep(context, found);
  const { inventory } = await tendTexts(context, found);
  if (inventory.due.length === 0) return { inventory, outcomes: [] };
  const renewed = await dueWithNewText(context, inventory);
  return putBackAndWrite(context, inventory, (name) => !renewed.has(name));
}

interface ActResult {
  readonly outcomes: readonly Outcome[];
  readonly result: SyncResult;
  readonly watched: WatchedTexts;
}

/**
 * Applies nothing but what needs no permission: putting back what has ended. Keeps a plan that waits for a
 * person, so that `approve` can name it.
 */
async function hold(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  { verdict, options }: { readonly verdict: Verdict; readonly options: DecideOptions },
): Promise<ActResult> {
  const approvalMs = desired.settings.gate.approvalFor;
  await keepHeld(context, { plan: hostPlan.plan, inventory, verdict, approvalMs }, options);
  await putBackAndWrite(context, inventory);
  return { outcomes: [], result: verdict.state === "held" ? "held" : "blocked", watched: new Map() };
}

async function act(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  options: DecideOptions,
): Promise<ActResult> {
  const previous = await unitsInForce(context, inventory);
  const { plan } = hostPlan;
  await markBegun(context.state, { plan, inventory });
  const done = await converge({
    context,
    hostPlan,
    inventory,
    previous,
    signal: options.signal,
  });
  const isLeft = [...plan.leftAlone.values()].some(({ code }) => code === "image-unavailable");
  const isWhole = options.signal?.aborted !== true && !isLeft;
  await letGo(context.state, { plan, inventory, isWhole }, options);
  const result = resultOf(plan, done);
  const left = done.outcomes.some(({ outcome }) => outcome === "failed" || outcome === "skipped");
  const all = options.only === undefined || isInForce(done.inventory, desired.units);
  const isGits = (hostPlan.effective.putBack?.size ?? 0) === 0;
  const whole = !left && leavesNothing(plan, done.inventory) && all && isGits;
  const after = withAppliedRevision({
    ...done.inventory,
    settlingRevision: whole ? desired.revision : done.inventory.settlingRevision,
    ignoreDrift: ignoredDrift(desired.state),
    suspended: [...suspendedByManifest(desired.state)].sort(),
  });
  if (JSON.stringify(after) !== JSON.stringify(done.inventory)) await context.state.writeInventory(after);
  return { outcomes: done.outcomes, result, watched: textsToWatch(plan, after, done) };
}

/** The fresh texts of instances that a plan changes, and those that have failed and are being put back. */
function textsToWatch(
  { changes }: Plan,
  { texts, failed }: Inventory,
  { putBack }: Pick<Convergence, "putBack">,
): WatchedTexts {
  const isTried = ({ action, reasons }: Change) =>
    action !== "none" || reasons.some(({ code }) => code === "adopted");
  const names = new Set(changes.filter(isTried).map(({ instance }) => instance));
  const fresh = Object.entries(texts).filter(([name, { state }]) => names.has(name) && state === "fresh");
  const back = Object.entries(failed).filter(([name]) => putBack.has(name));
  return new Map([
    ...fresh,
    ...back.map(([name, { digest, at }]) => [name, { attempt: digest, since: at }] as const),
  ]);
}

/** Reasons why a single unit waits although its instance goes ahead. */
const WAITING: ReadonlySet<string> = new Set<ReasonCode>(["network-in-use", "job-running"]);

/** Whether everything that git asks for is applied, or was already on the host. */
function leavesNothing({ leftAlone, changes }: Plan, { units }: Inventory): boolean {
  const isDone = ({ unit, digest }: Change) =>
    units[unit]?.digest === digest && units[unit]?.pending === undefined;
  return (
    [...leftAlone.values()].every(({ code }) => code === "service-masked") &&
    !changes.some(({ reasons }) => reasons.some(({ code }) => WAITING.has(code))) &&
    // A masked service keeps nothing back if its text is already in force.
    changes.every((one) => isDone(one) || !one.reasons.some(({ code }) => code === "service-masked"))
  );
}
