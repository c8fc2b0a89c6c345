import type { Moment } from "../model/evidence.ts";
import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import type { BackTo, KeptText, PartOfText, TextInForce } from "../model/text-in-force.ts";
import { isImagePin, type Unit } from "../model/unit.ts";
import { significantDigest } from "../quadlet/significant-text.ts";
import { nextApplied, withAppliedRevision, withoutRevisionsOf } from "./applied-revisions.ts";

/** How many settled texts of an instance are kept to go back to, besides the last good one. */
const KEPT_SETTLED = 3;

/** A moment by both clocks. */
export interface Now extends Moment {
  /** ISO 8601 */
  readonly iso: string;
}

/** Replaces what is known of an instance's text in force; `undefined` forgets it. */
export function withText(inventory: Inventory, instance: string, text: TextInForce | undefined): Inventory {
  const { [instance]: _old, ...others } = inventory.texts;
  return { ...inventory, texts: text === undefined ? others : { ...others, [instance]: text } };
}

/** The inventory once a fresh text has settled: it can be gone back to from now on. */
export function settle(inventory: Inventory, instance: string, now: Now): Inventory {
  const text = inventory.texts[instance];
  if (text === undefined || text.state !== "fresh") return inventory;
  const appliedFrom = nextApplied(inventory);
  const settled: TextInForce = { ...text, state: "settled", since: now.iso, settledMs: now.ms, appliedFrom };
  const kept = keep(withText(inventory, instance, settled), instance, "settled");
  return withAppliedRevision(text.rules.probationMs === 0 ? proveGood(kept, instance, now) : kept);
}

/** The inventory once a text has passed its probation: it is never put back. */
export function proveGood(inventory: Inventory, instance: string, now: Now): Inventory {
  const text = inventory.texts[instance];
  if (text === undefined) return inventory;
  const { back: _back, stopped: _stopped, settledMs: _settledMs, restarted: _restarted, ...rest } = text;
  const good: TextInForce = { ...rest, state: "good", since: now.iso, runs: {} };
  return keep(withText(inventory, instance, good), instance, "good");
}

/** A good text whose containers have come up with other images. */
export interface Reopening extends Pick<TextInForce, "from" | "booting" | "images"> {
  readonly now: Now;
}

/**
 * The inventory once a good text runs other images than those with which it has proved itself: it is fresh
 * again, and goes back to itself with the old ones.
 */
export function reopen(
  inventory: Inventory,
  instance: string,
  { now, images, ...count }: Reopening,
): Inventory {
  // Without the old images to go back to it would count as a first deployment.
  const kept = keep(inventory, instance, "good");
  const text = kept.texts[instance];
  if (text === undefined || inventory.generation === null) return inventory;
  // The revisions that have this text had it with the old images.
  const { appliedFrom: _appliedFrom, ...rest } = text;
  const fresh = { ...rest, ...count, state: "fresh", since: now.iso, runs: {} } as const;
  return withText(kept, instance, { ...fresh, images: { ...text.images, ...images } });
}

/** The inventory once a good text runs images that podman itself has brought. */
export function noteImages(inventory: Inventory, instance: string, images: TextInForce["images"]): Inventory {
  const text = inventory.texts[instance];
  if (text === undefined) return inventory;
  const noted = withText(inventory, instance, { ...text, images: { ...text.images, ...images } });
  return keep(noted, instance, "good");
}

/** Puts the text in force in front of the texts that can be gone back to. */
function keep(inventory: Inventory, instance: string, state: KeptText["state"]): Inventory {
  const text = inventory.texts[instance];
  const { generation } = inventory;
  if (text === undefined || generation === null) return inventory;
  const { digest, attempt, revision, images, appliedFrom } = text;
  const from = appliedFrom === undefined ? {} : { appliedFrom };
  const entry: KeptText = { state, digest, attempt, revision, generation, images, ...from };
  const others = (inventory.kept[instance] ?? []).filter((one) => !isSameText(one, text));
  return withKept(inventory, instance, bounded([entry, ...others]));
}

function bounded(kept: readonly KeptText[]): readonly KeptText[] {
  const good = kept.find(({ state }) => state === "good");
  return kept.filter((one, index) => index < KEPT_SETTLED || one === good);
}

function withKept(inventory: Inventory, instance: string, kept: readonly KeptText[]): Inventory {
  const { [instance]: _old, ...others } = inventory.kept;
  return { ...inventory, kept: kept.length === 0 ? others : { ...others, [instance]: kept } };
}

type TextIdentity = Pick<KeptText, "digest" | "images">;

/** Whether two texts are the same: the same units, with the same images as far as both are known. */
function isSameText(a: TextIdentity, b: TextIdentity): boolean {
  return (
    a.digest === b.digest &&
    Object.entries(a.images).every(([unit, id]) => b.images[unit] === undefined || b.images[unit] === id)
  );
}

/**
 * The text to go back to if the text in force ends: the last that settled, or the last good one if the text
 * in force was put back itself. `nothing`: its first deployment goes. Undefined: it stays.
 */
export function goesBackTo(
  { texts, kept }: Pick<Inventory, "texts" | "kept">,
  instance: string,
): KeptText | "nothing" | undefined {
  const text = texts[instance];
  if (text === undefined || text.state === "good") return undefined;
  const others = (kept[instance] ?? []).filter((one) => !isItself(one, text));
  const target = text.back ? others.find(({ state }) => state === "good") : others[0];
  return target ?? (text.state === "fresh" && !text.back ? "nothing" : undefined);
}

/**
 * Whether a kept text is the one in force, so that it does not help to go back to it. A start that failed
 * at once does not say which image it was of: the kept one may be another.
 */
function isItself(kept: KeptText, text: TextInForce): boolean {
  const isUnseen = Object.keys(kept.images).some((unit) => text.images[unit] === undefined);
  return isSameText(kept, text) && !(isUnseen && text.state === "fresh" && !text.back);
}

/** Digest of what the units of an instance mean, whatever images they are kept at. */
export function textDigest(units: readonly Unit[]): string {
  return significantDigest(units.filter(({ name }) => !isImagePin(name)));
}

/** How a text has ended. */
export interface TextEnd extends Pick<FailedAttempt, "message" | "because" | "output" | "images" | "units"> {
  readonly now: Now;
}

/** The inventory once a text has ended. It is due to be put back, or stays and counts anew. */
export function markEnded(inventory: Inventory, instance: string, end: TextEnd): Inventory {
  const text = inventory.texts[instance];
  if (text === undefined || text.state === "good" || inventory.due.includes(instance)) return inventory;
  const { now, images, ...why } = end;
  if (goesBackTo(inventory, instance) === undefined)
    return withText(inventory, instance, { ...text, from: { boot: now.boot, ms: now.ms }, runs: {} });
  const { attempt: digest, revision } = text;
  const attempt: FailedAttempt = {
    digest,
    revision,
    at: now.iso,
    before: inventory.generation,
    ...why,
    ...imagesOf({ ...images, ...text.images }),
  };
  const { units: _units, ...known } = (text.back ? inventory.failed[instance] : undefined) ?? attempt;
  const units = end.units === undefined ? {} : { units: end.units };
  const kept = (inventory.kept[instance] ?? []).filter((one) => !isItself(one, text));
  return {
    ...withKept(withoutRevisionsOf(inventory, text), instance, kept),
    // What git asks for failed first, and must not be tried again because the text before it failed too.
    failed: { ...inventory.failed, [instance]: { ...known, ...units } },
    due: [...inventory.due, instance],
    settlingRevision: null,
  };
}

/** The images that a failed attempt ran; empty if none of them is known. */
function imagesOf(images: TextInForce["images"]): Pick<FailedAttempt, "images"> {
  return Object.keys(images).length === 0 ? {} : { images };
}

/** How a text is back. */
interface TextBack<To = BackTo> {
  readonly to: To;
  readonly now: Now;
  /** Services of good instances that restarted for what it goes back to. */
  readonly restarted: readonly string[];
}

/** The inventory once an instance is back at a kept text, with its count anew; `nothing`: it is gone. */
export function markPutBack(
  inventory: Inventory,
  instance: string,
  { to, now, restarted }: TextBack,
): Inventory {
  const after = { ...inventory, due: inventory.due.filter((one) => one !== instance) };
  const text = inventory.texts[instance];
  if (to === "nothing" || text === undefined)
    return withKept(withText(after, instance, undefined), instance, []);
  if (to.state === "part") return withPartBack(after, instance, text, { to, now, restarted });
  const { state, digest, attempt, revision, images, appliedFrom } = to;
  const { afterUpdate: _hooks, ...rules } = text.rules;
  const isSettled = state === "settled";
  const back: TextInForce = {
    state,
    since: now.iso,
    digest,
    attempt,
    revision,
    images,
    rules,
    back: true,
    from: { boot: now.boot, ms: now.ms },
    ...(isSettled ? { settledMs: now.ms } : {}),
    ...(appliedFrom === undefined ? {} : { appliedFrom }),
    runs: {},
  };
  const known = withRevision(after, instance, revision);
  return withText(known, instance, withRestarted(back, isSettled ? restarted : []));
}

/** What restarted again no longer runs with the part of the text that has failed. */
function withPartBack(
  inventory: Inventory,
  instance: string,
  text: TextInForce,
  { to: { digest }, now, restarted }: TextBack<PartOfText>,
): Inventory {
  const others = (text.restarted ?? []).filter((service) => !restarted.includes(service));
  const rest: TextInForce = { ...text, digest, from: { boot: now.boot, ms: now.ms }, runs: {} };
  return withText(inventory, instance, withRestarted(rest, others));
}

function withRestarted(text: TextInForce, restarted: readonly string[]): TextInForce {
  const { restarted: _before, ...rest } = text;
  return restarted.length === 0 ? rest : { ...rest, restarted };
}

/** The inventory with the revision from which the units of an instance came. */
function withRevision(inventory: Inventory, instance: string, revision: string | null): Inventory {
  const units = Object.entries(inventory.units).map(([name, unit]) =>
    unit.instance === instance ? ([name, { ...unit, revision }] as const) : ([name, unit] as const),
  );
  return { ...inventory, units: Object.fromEntries(units) };
}

/** Forgets everything about instances that own nothing any more. */
export function forgetGone(inventory: Inventory): Inventory {
  const owned = new Set(Object.values(inventory.units).map(({ instance }) => instance));
  const left = <T>(of: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(of).filter(([name]) => owned.has(name)));
  const due = inventory.due.filter((name) => owned.has(name));
  return { ...inventory, texts: left(inventory.texts), kept: left(inventory.kept), due };
}
