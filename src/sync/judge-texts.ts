import { isDeepStrictEqual } from "node:util";
import { type Inventory, isBegun } from "../model/inventory.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import { readImageKey } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { type Now, proveGood, settle, withAppliedRevision, withText } from "../state/index.ts";
import {
  gatherEvidence,
  type JudgedResult,
  type JudgedText,
  judgedServices,
  judgeText,
  type TextVerdict,
} from "../verify/index.ts";
import { ended } from "./ended-text.ts";
import { withFound } from "./found-texts.ts";
import { generationFacts, imagesOf, isEdited, type JudgingFacts, nowOf } from "./in-force-facts.ts";

/** The texts that are not good yet, judged. */
export interface JudgedTexts {
  /** By instance, with what was learnt of its runs and images. */
  readonly results: ReadonlyMap<string, JudgedResult>;
  /** Milliseconds of the monotonic clock at which the texts were observed. */
  readonly nowMs: number;
}

/** Judges the texts in force of instances, by what systemd and podman say of their services. */
export async function judgeTexts(
  context: Context,
  inventory: Inventory,
  open: readonly string[],
  facts: JudgingFacts,
): Promise<JudgedTexts> {
  const { host } = context;
  if (open.length === 0) return { results: new Map(), nowMs: host.clock.ticks() };
  const judged = await toJudge(context, inventory, open, facts);
  const evidence = await gatherEvidence(host, judged);
  const results = judged.map((one) => {
    const { verdict, text } = judgeText(one, evidence);
    const containers = one.services.flatMap(({ service }) => evidence.containersOf(service));
    const present = imagesOf(inventory, one.instance, { ...facts, containers });
    return [one.instance, { verdict, text: withImages(text, verdict, present, inventory) }] as const;
  });
  return { results: new Map(results), nowMs: evidence.nowMs };
}

/** What a text runs, or ran when it ended: the service may have started again since, with other images. */
function withImages(
  text: TextInForce,
  verdict: TextVerdict,
  present: TextInForce["images"],
  { units }: Inventory,
): TextInForce {
  if (verdict.kind !== "ended") return { ...text, images: { ...text.images, ...present } };
  if (verdict.wasSeen) return text;
  const others = Object.entries(text.images).filter(
    ([key]) => units[readImageKey(key).unit]?.service !== verdict.service,
  );
  return { ...text, images: { ...Object.fromEntries(others), ...present } };
}

/**
 * Whether a text has to prove itself. A good one that was put back still has to start. One that an
 * interrupted sync has begun is taken over by the plan first.
 */
function isOpen(inventory: Inventory, instance: string): boolean {
  const text = inventory.texts[instance];
  if (text === undefined || (text.state === "good" && !text.back)) return false;
  return !inventory.due.includes(instance) && !isBegun(inventory, instance);
}

async function toJudge(
  context: Context,
  inventory: Inventory,
  open: readonly string[],
  { generated, partOf }: JudgingFacts,
): Promise<readonly JudgedText[]> {
  const { state, host } = context;
  const mayEnd = (instance: string) => inventory.texts[instance]?.rules.ends === true;
  const { byService, own } = judgedServices(generated.services, inventory.units, { mayEnd, partOf });
  const suspended = await state.readSuspensions(host.clock.now().getTime());
  const judged = open.map(async (instance): Promise<readonly JudgedText[]> => {
    const text = inventory.texts[instance];
    if (text === undefined) return [];
    const services = own.get(instance) ?? [];
    const needed = new Set(services.flatMap(({ needs }) => [...needs]));
    for (const { service } of services) needed.delete(service);
    const isSuspended = suspended.has(instance) || inventory.suspended.includes(instance);
    return [
      {
        instance,
        text,
        services,
        needs: [...needed].flatMap((name) => byService.get(name) ?? []),
        restarted: (text.restarted ?? []).flatMap((name) => byService.get(name) ?? []),
        isPaused: isSuspended || (await isEdited(context, inventory, instance)),
      },
    ];
  });
  return (await Promise.all(judged)).flat();
}

/** What became of the texts. */
export interface JudgedInventory {
  readonly inventory: Inventory;
  /** Instances whose `hooks.afterUpdate` is all that their text needs in order to settle. */
  readonly hooksDue: readonly string[];
}

/**
 * Judges all texts in force. Returns the inventory with what became of them: it is the same if nothing did.
 * What is in force without a judgement (adopted, or applied by an earlier version) is good at once. Writes
 * nothing.
 */
export async function judgeInForce(
  context: Context,
  before: Inventory,
  factsOf = generationFacts(context),
): Promise<JudgedInventory & JudgedTexts> {
  const inventory = await withFound(context, before, factsOf);
  const nothing = { inventory, hooksDue: [], results: new Map(), nowMs: context.host.clock.ticks() };
  const open = Object.keys(inventory.texts).filter((name) => isOpen(inventory, name));
  if (open.length === 0 || inventory.generation === null) return nothing;
  const facts = await factsOf(inventory.generation);
  const judged = await judgeTexts(context, inventory, open, facts);
  const after = await withResults(context, inventory, judged, facts);
  // Most looks find nothing, and what is equal need not be written.
  return isDeepStrictEqual(after.inventory, inventory)
    ? { ...judged, ...after, inventory }
    : { ...judged, ...after };
}

async function withResults(
  context: Context,
  before: Inventory,
  { results }: JudgedTexts,
  facts: JudgingFacts,
): Promise<JudgedInventory> {
  const now = nowOf(context);
  const hooksDue: string[] = [];
  let inventory = before;
  for (const [instance, { verdict, text }] of results) {
    inventory = withText(inventory, instance, withStop(text, verdict, now));
    if (verdict.kind === "settles" && text.rules.afterUpdate !== undefined) hooksDue.push(instance);
    else if (verdict.kind === "settles") inventory = settle(inventory, instance, now);
    else if (verdict.kind === "proves-good") inventory = proveGood(inventory, instance, now);
    else if (verdict.kind === "ended")
      inventory = await ended(context, inventory, { instance, verdict, now, facts });
  }
  return { inventory: withAppliedRevision(inventory), hooksDue };
}

/** Remembers since when a service is down because a person stopped it. */
function withStop({ stopped, ...text }: TextInForce, verdict: TextVerdict, now: Now): TextInForce {
  return verdict.kind === "stopped" ? { ...text, stopped: stopped ?? now.iso } : text;
}
