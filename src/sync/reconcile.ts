import type { Outcome, Plan, Verdict } from "../model/plan.ts";
import type { SyncRecord, SyncResult } from "../model/record.ts";
import { type TextStatus, textStatuses } from "../model/text-status.ts";
import { type Context, step } from "../planning/context.ts";
import type { RenderedState } from "../planning/desired.ts";
import { dueWithNewText } from "../planning/due-put-backs.ts";
import { createPulls } from "../pull/index.ts";
import { type ActResult, carryOut } from "./carry-out.ts";
import { type DecideOptions, type Decision, decide } from "./decide.ts";
import { writeDocumentation } from "./documentation.ts";
import { bringImages, type ImageOptions, joined, lackingImages, NONE_TRIED } from "./images-first.ts";
import { LOCK_BACK_MS, type LockOptions, whileLocked } from "./lock.ts";
import type { PutBackResult } from "./put-back.ts";
import { failedBeforeIn, makeRecord, unsettledBy, withEndings } from "./sync-record.ts";
import { sweep } from "./temporary-files.ts";
import { putBackAndWrite, tendTexts } from "./tend.ts";
import type { TextEnding } from "./text-ending.ts";
import { watchTexts } from "./watch.ts";

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
  /** What became of the texts that the sync applied, by instance. */
  readonly endings: ReadonlyMap<string, TextEnding>;
  /** The instances that it was asked for and left alone because their desired state failed before. */
  readonly failedBefore: readonly string[];
  /** All texts in force when the sync ended. */
  readonly texts: readonly TextStatus[];
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
    const { applied, lacking } = await whileLocked(context, asked, async (locked) => {
      options = { ...options, ...(await options.begin?.()), begin: undefined };
      const tend = async () => {
        const { inventory, outcomes } = await tendFirst(context);
        putBack.push(...outcomes);
        return inventory;
      };
      const decision = await decide(locked, tend, options);
      const lacking = await lackingImages(context, decision, { ...images, pulls });
      if (lacking !== undefined) return { lacking };
      return { applied: { ...decision, acted: await carryOut(locked, decision, options) } };
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
  return whileLocked(context, { lockWaitMs: LOCK_BACK_MS }, async () => {
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
      unsettled: unsettledBy(endings),
    };
    const record = makeRecord(context, sync);
    await step(context, "record", () => state.appendRecord(record));
    context.emit({ type: "recorded", record });
    const { verdict } = judgement;
    const documented = { desired, plan, record, inventory, only };
    const documents = verdict.state === "open" ? await writeDocumentation(context, documented) : [];
    const texts = textStatuses(inventory);
    const failedBefore = failedBeforeIn(plan, only);
    const all = [...putBack, ...outcomes];
    return { plan, desired, verdict, result, outcomes: all, record, documents, endings, failedBefore, texts };
  });
}

/** Judges the texts in force, and puts back those that have ended unless git has another text for them. */
async function tendFirst(context: Context): Promise<Pick<PutBackResult, "inventory" | "outcomes">> {
  const found = await context.state.readInventory();
  await sweep(context, found);
  const { inventory } = await tendTexts(context, found);
  if (inventory.due.length === 0) return { inventory, outcomes: [] };
  const renewed = await dueWithNewText(context, inventory);
  return putBackAndWrite(context, inventory, (name) => !renewed.has(name));
}
