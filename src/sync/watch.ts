import { QuadgateError } from "../model/errors.ts";
import { type FailedAttempt, type Inventory, isBegun } from "../model/inventory.ts";
import { pause } from "../model/pause.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import type { Context } from "../planning/context.ts";
import { checkStarting } from "./check-starting.ts";
import { generationFacts } from "./in-force-facts.ts";
import { type JudgedTexts, judgeInForce } from "./judge-texts.ts";
import { isSyncWaiting, whileLocked } from "./lock.ts";
import { putBackAndWrite, type TendOptions, tendTexts } from "./tend.ts";
import type { TextEnding } from "./text-ending.ts";

/** The pause between two looks, in milliseconds. It grows if a start takes long. */
const POLL_MS = { first: 500, longest: 2_000 };
/** How long to wait for another sync to end. If it does not, that one judges the texts. */
const LOCK_WAIT_MS = 1_000;

/** Why a text that has ended stays for now. */
const SUSPENDED = "it is suspended, and quadgate puts it back once it is resumed";

/** By instance: the text that a sync has put in force, or has tried to. */
export type WatchedTexts = ReadonlyMap<string, Pick<TextInForce, "attempt">>;

/**
 * Watches texts that have just been applied until it is known what becomes of each, or quadgate is asked to
 * end. Takes the lock only to write that down and to put back. Texts that are still open at the end are
 * left out.
 */
export async function watchTexts(
  context: Context,
  watched: WatchedTexts,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, TextEnding>> {
  if (watched.size === 0 && areJudged(await context.state.readInventory())) return new Map();
  const { clock } = context.host;
  const factsOf = generationFacts(context);
  // What cannot be put back now is left to the next sync.
  const stuck = new Map<string, string>();
  const began = clock.ticks();
  for (;;) {
    const look = await lookAgain(context, { factsOf, signal }, { watched, stuck });
    const endings = endingsOf(watched, look);
    if (endings.size === watched.size || signal?.aborted) return endings;
    await checkStarting(context, look.inventory, startingIn(watched, look));
    const { untilMs, message } = nextOf(watched, look);
    context.emit({ type: "waiting", message });
    const poll = Math.min(POLL_MS.longest, Math.max(POLL_MS.first, (clock.ticks() - began) / 20));
    const left = untilMs === undefined ? poll : untilMs - clock.ticks();
    await pause(clock, Math.max(1, Math.min(left, poll)), signal);
  }
}

/** Whether it is known of all that is in force how far it has proved itself. What was taken over is not. */
function areJudged({ units, texts }: Inventory): boolean {
  return Object.values(units).every(({ instance }) => texts[instance] !== undefined);
}

/** What has not had its good start. */
function startingIn(watched: WatchedTexts, { results }: Look): readonly string[] {
  return [...watched.keys()].filter((name) => {
    const verdict = results.get(name)?.verdict;
    return verdict?.kind === "waits" && !verdict.isUp;
  });
}

interface Look extends JudgedTexts {
  readonly inventory: Inventory;
  readonly stuck: ReadonlyMap<string, string>;
  /** Whether it is certain that no other sync was under way during the look. */
  readonly isAlone: boolean;
}

interface Watch {
  readonly watched: WatchedTexts;
  /** By instance that cannot be put back: why. Looks add to it. */
  readonly stuck: Map<string, string>;
}

/** Judges without the lock first, because most looks find nothing to write. */
async function lookAgain(context: Context, options: TendOptions, { watched, stuck }: Watch): Promise<Look> {
  const before = await context.state.readInventory();
  const judged = await judgeInForce(context, before, options.factsOf);
  const isSame = JSON.stringify(judged.inventory) === JSON.stringify(before);
  const isDone = judged.hooksDue.length === 0 && before.due.every((name) => stuck.has(name));
  const isBegunHere = [...watched.keys()].some((name) => isBegun(before, name));
  // A sync that waits for a start goes on by itself.
  const isWhole = !isBegunHere || (await isSyncWaiting(context.host));
  if (isSame && isDone && isWhole) return { ...judged, stuck, isAlone: false };
  try {
    return await whileLocked(context, { lockWaitMs: LOCK_WAIT_MS }, () =>
      tendLocked(context, options, stuck),
    );
  } catch (error) {
    if (!(error instanceof QuadgateError) || error.reason !== "locked") throw error;
    return { ...judged, inventory: before, stuck, isAlone: false };
  }
}

async function tendLocked(context: Context, options: TendOptions, stuck: Map<string, string>): Promise<Look> {
  const tended = await tendTexts(context, await context.state.readInventory(), options);
  const done = await putBackAndWrite(context, tended.inventory, (name) => !stuck.has(name));
  const { inventory, back } = done;
  for (const [name, why] of done.stuck) stuck.set(name, why);
  // Nothing else keeps back what is due.
  for (const name of inventory.due.filter((one) => !stuck.has(one))) {
    stuck.set(name, SUSPENDED);
    context.emit({ type: "warning", message: `${name}: ${SUSPENDED}` });
  }
  // What was seen of these is about the texts before.
  const results = new Map([...tended.results].filter(([name]) => !back.has(name)));
  return { ...tended, results, inventory, stuck, isAlone: !(await isSyncWaiting(context.host)) };
}

function endingsOf(watched: WatchedTexts, look: Look): ReadonlyMap<string, TextEnding> {
  const found = [...watched].flatMap(([name, text]) => {
    const ending = endingOf(name, text, look);
    return ending === undefined ? [] : [[name, ending] as const];
  });
  return new Map(found);
}

function endingOf(
  name: string,
  { attempt }: Pick<TextInForce, "attempt">,
  look: Look,
): TextEnding | undefined {
  const { inventory, results, isAlone } = look;
  const failed = inventory.failed[name];
  const text = inventory.texts[name];
  const isOther = text?.attempt !== attempt && failed?.digest !== attempt;
  if (isOther) return { kind: "superseded" };
  const isLeft = isBegun(inventory, name) && !inventory.due.includes(name);
  if (isLeft && isAlone) return { kind: "unfinished" };
  // An earlier failure of the same text was forgotten when the text was begun.
  if (failed?.digest === attempt) return backAgain(name, failed, look);
  if (text === undefined || text.attempt !== attempt) return { kind: "superseded" };
  if (text.state !== "fresh") return { kind: "verified" };
  const verdict = results.get(name)?.verdict;
  if (verdict?.kind === "stopped") {
    const by = verdict.by === undefined ? "a person stopped it" : `${verdict.by}, which it needs, is down`;
    return { kind: "stopped", message: `${verdict.service}: ${by}`, isAlong: verdict.by !== undefined };
  }
  return verdict?.kind === "idle" ? { kind: "waits", message: verdict.message } : undefined;
}

/** What became of a put-back: it is over once the old text has had a good start. */
function backAgain(
  name: string,
  { message, units }: FailedAttempt,
  { inventory, results, stuck }: Look,
): TextEnding | undefined {
  const why = stuck.get(name);
  const part = units === undefined ? {} : { units };
  if (why !== undefined) return { kind: "stuck", message: `${message}; ${why}`, ...part };
  if (inventory.due.includes(name)) return undefined;
  const verdict = results.get(name)?.verdict;
  if (verdict?.kind === "ended") {
    const what = `could not be put back: ${verdict.service}: ${verdict.message}`;
    return { kind: "stuck", message: `${message}; ${what}`, ...part };
  }
  const isStarting = verdict?.kind === "waits" && !verdict.isUp;
  const isUnseen = verdict === undefined && inventory.texts[name]?.back === true;
  return isStarting || isUnseen ? undefined : { kind: "put-back", message, ...part };
}

/** When something happens next if nothing ends, and what is waited for. */
function nextOf(
  watched: WatchedTexts,
  { results, nowMs }: Look,
): { untilMs: number | undefined; message: string } {
  const waits = [...watched.keys()].flatMap((name) => {
    const verdict = results.get(name)?.verdict;
    return verdict?.kind === "waits" ? [{ name, ...verdict }] : [];
  });
  const first = waits.toSorted((a, b) => a.untilMs - b.untilMs)[0];
  if (first === undefined) return { untilMs: undefined, message: "looking at the services" };
  const seconds = Math.max(0, Math.ceil((first.untilMs - nowMs) / 1_000));
  const others = waits.length > 1 ? ` and ${waits.length - 1} more` : "";
  return { untilMs: first.untilMs, message: `${first.name}${others}: ${first.message}, ${seconds} s` };
}
