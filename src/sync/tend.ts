import { type HookEnd, runAfterUpdate } from "../apply/index.ts";
import type { Inventory } from "../model/inventory.ts";
import { serviceOf, textAt } from "../model/live.ts";
import { fileNameOf } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { shortId } from "../quadlet/argv/image-names.ts";
import { markEnded, settle, withText } from "../state/index.ts";
import { checkStarting, startingTexts } from "./check-starting.ts";
import { type FactsOf, generationFacts, nowOf } from "./in-force-facts.ts";
import { type JudgedInventory, type JudgedTexts, judgeInForce } from "./judge-texts.ts";
import { keepImages } from "./keep-images.ts";
import { withOtherImages } from "./other-images.ts";
import { type PutBackResult, putBackDue } from "./put-back.ts";
import { makePutBackRecord } from "./put-back-record.ts";

export type TendedTexts = JudgedInventory & JudgedTexts;

export interface TendOptions {
  readonly factsOf?: FactsOf | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Judges all texts in force, runs the hooks that they need in order to settle, and writes what became of
 * them. The caller holds the lock.
 */
export async function tendTexts(
  context: Context,
  found: Inventory,
  { factsOf = generationFacts(context), signal }: TendOptions = {},
): Promise<TendedTexts> {
  // If nobody has looked for a while, nobody has run the checks either.
  await checkStarting(context, found, startingTexts(found));
  const known = await withOtherImages(context, found, factsOf);
  const judged = await judgeInForce(context, known, factsOf);
  await write(context, found, judged.inventory);
  sayOtherImages(context, found, known);
  for (const name of judged.inventory.due.filter((one) => !found.due.includes(one))) {
    const { message = "", output = [] } = judged.inventory.failed[name] ?? {};
    context.emit({ type: "journal", unit: name, lines: output });
    context.emit({ type: "warning", message: `${name}: ${message}; quadgate puts it back` });
  }
  const inventory = await runHooks(context, judged, signal);
  await write(context, judged.inventory, inventory);
  return { ...judged, inventory };
}

/** Says which good texts have to settle again because they run other images. */
function sayOtherImages({ emit }: Context, before: Inventory, { texts }: Inventory): void {
  for (const [name, { state, images }] of Object.entries(texts)) {
    const old = before.texts[name];
    if (old?.state !== "good" || state !== "fresh") continue;
    const moved = Object.entries(images).filter(([unit, id]) => old.images[unit] !== id);
    const what = moved.map(([unit, id]) => `${unit} has come up with image ${shortId(id)}`).join(", ");
    emit({ type: "warning", message: `${name}: ${what} instead of the one before; it has to settle again` });
  }
}

/** Runs `hooks.afterUpdate` where it is all that a text needs in order to settle. */
async function runHooks(
  context: Context,
  { inventory: before, hooksDue }: TendedTexts,
  signal: AbortSignal | undefined,
): Promise<Inventory> {
  if (hooksDue.length === 0) return before;
  const containers = await context.host.podman.containers();
  let inventory = before;
  for (const instance of hooksDue) {
    const text = inventory.texts[instance];
    if (text === undefined) continue;
    const { afterUpdate: commands = [], ...rules } = text.rules;
    const [, owned] =
      Object.entries(inventory.units).find(([name]) => fileNameOf(name) === `${instance}.container`) ?? [];
    const service = owned?.service;
    const container = textAt(
      containers.find((one) => serviceOf(one) === service),
      "Name",
    );
    const hook = { instance, container, commands };
    // What has no container any more has ended well, and has nothing to run commands in.
    const end =
      container === "" ? DONE : await runAfterUpdate(context.host, hook, { emit: context.emit, signal });
    const now = nowOf(context);
    if (end.state === "failed") inventory = markEnded(inventory, instance, { message: end.message, now });
    else if (end.state === "done") {
      const ran = withText(inventory, instance, { ...text, rules });
      inventory = settle(ran, instance, now);
    }
  }
  return inventory;
}

const DONE: HookEnd = { state: "done" };

/** Puts back what is due, and records it. The caller holds the lock. */
export async function putBackAndWrite(
  context: Context,
  inventory: Inventory,
  isWanted?: (instance: string) => boolean,
): Promise<PutBackResult> {
  const startedAt = context.host.clock.now().toISOString();
  const result = await putBackDue(context, inventory, isWanted);
  await write(context, inventory, result.inventory);
  if (result.outcomes.length > 0)
    await context.state.appendRecord(makePutBackRecord(context, startedAt, result));
  for (const [name, why] of result.stuck) context.emit({ type: "warning", message: `${name}: ${why}` });
  return result;
}

async function write(context: Context, before: Inventory, after: Inventory): Promise<void> {
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  await keepImages(context, before, after);
  await context.state.writeInventory(after);
}
