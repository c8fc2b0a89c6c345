import { isDeepStrictEqual } from "node:util";
import { shownLines, sinceLastStop } from "../apply/index.ts";
import { type Inventory, isBegun } from "../model/inventory.ts";
import { imageIdOf, isPodmansOwn, type Json, serviceOf, textAt } from "../model/live.ts";
import { unitPath } from "../model/plain-unit.ts";
import { provingOf } from "../model/proving.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { JudgingRules, TextInForce } from "../model/text-in-force.ts";
import { playedKey, type Unit, unitDigest, unitKindOf } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { generateFrom } from "../planning/generate.ts";
import type { Generated } from "../quadlet/generated.ts";
import { localImages } from "../quadlet/images.ts";
import { type PartOf, partsOf } from "../quadlet/jobs.ts";
import { neededBy } from "../quadlet/links.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import {
  markEnded,
  type Now,
  proveGood,
  settle,
  textDigest,
  withAppliedRevision,
  withText,
} from "../state/index.ts";
import {
  gatherEvidence,
  type JudgedResult,
  type JudgedText,
  judgedServices,
  judgeText,
  type TextVerdict,
} from "../verify/index.ts";
import { failedUnits } from "./failed-units.ts";

/** How many of a service's last lines are shown and kept when its text has ended. */
const LAST_LINES = 30;

/** The texts that are not good yet, judged. */
export interface JudgedTexts {
  /** By instance, with what was learnt of its runs and images. */
  readonly results: ReadonlyMap<string, JudgedResult>;
  /** Milliseconds of the monotonic clock at which the texts were observed. */
  readonly nowMs: number;
}

/** What the units in force mean. */
export interface JudgingFacts {
  /** What podman's generator makes of them. */
  readonly generated: Generated;
  readonly partOf: PartOf;
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
    const images = { ...text.images, ...imagesOf(inventory, one.instance, { ...facts, containers }) };
    return [one.instance, { verdict, text: { ...text, images } }] as const;
  });
  return { results: new Map(results), nowMs: evidence.nowMs };
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

/** Finds out what the units of a generation mean. */
export type FactsOf = (generation: string) => Promise<JudgingFacts>;

/** Runs podman's generator over stored generations, once for each. */
export function generationFacts({ host, state }: Pick<Context, "host" | "state">): FactsOf {
  const known = new Map<string, Promise<JudgingFacts>>();
  const read = async (generation: string): Promise<JudgingFacts> => {
    const stored = state.salvageGeneration(generation).then(({ units }) => units);
    const [generated, units] = await Promise.all([
      generateFrom(host, state.generationFolder(generation), stored),
      stored,
    ]);
    const services = await host.systemd.services(
      [...generated.services.keys()].filter((one) => !isTemplate(one)),
    );
    return { generated, partOf: partsOf({ services: generated.services, units, live: { services } }) };
  };
  return (generation) => {
    const found = known.get(generation) ?? read(generation);
    known.set(generation, found);
    found.catch(() => known.delete(generation));
    return found;
  };
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

interface EndedText {
  readonly instance: string;
  readonly verdict: Extract<TextVerdict, { kind: "ended" }>;
  readonly now: Now;
  readonly facts: JudgingFacts;
}

/** The inventory once a text has ended. What it had reached before counts, although no look saw it. */
async function ended(
  context: Context,
  before: Inventory,
  { instance, verdict, now, facts }: EndedText,
): Promise<Inventory> {
  const settled = verdict.reached === "fresh" ? before : settle(before, instance, now);
  if (verdict.reached === "good") return proveGood(settled, instance, now);
  const output = await lastLines(context, verdict.service);
  const message = `${verdict.service}: ${verdict.message}`;
  const images = await startedImages(context, settled, instance, facts);
  const needs = neededBy(facts.generated.services);
  const units = Object.entries(before.units).map(([unit, owned]) => ({ unit, ...owned }));
  const failed = failedUnits(instance, [verdict.service], { units, needs });
  const said = output.length > 0 ? { output } : {};
  return markEnded(settled, instance, { message, now, images, ...said, ...failed });
}

/** The images that the containers of an instance were started with, if no look has seen all of them. */
async function startedImages(
  { host }: Pick<Context, "host">,
  { texts, units }: Inventory,
  instance: string,
  { generated }: JudgingFacts,
): Promise<TextInForce["images"]> {
  const own = Object.keys(units).filter((name) => units[name]?.instance === instance);
  const unseen = own.filter(
    (name) => unitKindOf(name) === "container" && texts[instance]?.images[name] === undefined,
  );
  return unseen.length === 0 ? {} : localImages(unseen, { generated, images: await host.podman.images() });
}

/** Remembers since when a service is down because a person stopped it. */
function withStop({ stopped, ...text }: TextInForce, verdict: TextVerdict, now: Now): TextInForce {
  return verdict.kind === "stopped" ? { ...text, stopped: stopped ?? now.iso } : text;
}

/** What a service wrote last, as it may be shown. */
export async function lastLines(
  { host }: Pick<Context, "host">,
  service: string,
): Promise<readonly string[]> {
  const text = await host.systemd.journal(service, LAST_LINES).catch(() => "");
  return shownLines(sinceLastStop(text.split("\n")));
}

/** Whether somebody has changed a file of an instance, so that what runs may not be its text. */
export async function isEdited(
  { host }: Pick<Context, "host">,
  { units }: Inventory,
  instance: string,
): Promise<boolean> {
  const own = Object.entries(units).filter(([, unit]) => unit.instance === instance);
  const path = (name: string) => unitPath(host.facts, name);
  const files = await host.files.readPlain(own.map(([name]) => path(name)));
  return own.some(([name, { digest, pending }]) => {
    if (digest === null || pending !== undefined) return false;
    const file = files.get(path(name));
    if (file === undefined || !("content" in file)) return true;
    const kind = name.startsWith("/") ? "file" : "dropin";
    return unitDigest({ kind, mode: file.mode.toString(8), content: file.content }) !== digest;
  });
}

/** Instances without a judgement have proved themselves before: their texts are good, with what they run. */
async function withFound(context: Context, inventory: Inventory, factsOf: FactsOf): Promise<Inventory> {
  const { host } = context;
  const unknown = new Set(
    Object.values(inventory.units)
      .filter(({ instance, pending }) => inventory.texts[instance] === undefined && pending === undefined)
      .map(({ instance }) => instance),
  );
  for (const { instance, pending } of Object.values(inventory.units))
    if (pending !== undefined) unknown.delete(instance);
  if (unknown.size === 0 || inventory.generation === null) return inventory;
  const { generated } = await factsOf(inventory.generation);
  const containers = await host.podman.containers();
  const now = nowOf(context);
  const { units } = await context.state.salvageGeneration(inventory.generation);
  return [...unknown].reduce((known, instance) => {
    const text = foundText(known, instance, {
      units,
      now,
      rules: hostRules(context),
      images: imagesOf(known, instance, { generated, containers }),
    });
    return proveGood(withText(known, instance, text), instance, now);
  }, inventory);
}

/** What a text is judged by of which no manifest was read, should it have to settle again. */
function hostRules({ layers }: Pick<Context, "layers">): JudgingRules {
  const { verify } = mergeSettings(layers);
  return { timeoutMs: verify.timeout, ...provingOf(undefined, verify) };
}

function foundText(
  { units: owned }: Inventory,
  instance: string,
  {
    now,
    images,
    rules,
    units,
  }: Pick<TextInForce, "images" | "rules"> & { readonly now: Now; readonly units: readonly Unit[] },
): TextInForce {
  const own = Object.values(owned).filter((unit) => unit.instance === instance);
  const digest = textDigest(units.filter((unit) => unit.instance === instance));
  return {
    state: "good",
    since: now.iso,
    digest,
    attempt: digest,
    revision: own[0]?.revision ?? null,
    images,
    rules,
    from: { boot: now.boot, ms: now.ms },
    runs: {},
  };
}

/** The ids of the images that the containers of an instance run, by the keys of `TextInForce.images`. */
function imagesOf(
  { units }: Inventory,
  instance: string,
  { generated, containers }: { readonly generated: Generated; readonly containers: readonly Json[] },
): Readonly<Record<string, string>> {
  const found = [...generated.services.values()].flatMap(({ unit, service }) => {
    if (units[unit]?.instance !== instance) return [];
    const own = containers.filter((one) => serviceOf(one) === service && !isPodmansOwn(one));
    const isPlayed = unitKindOf(unit) === "kube";
    return (isPlayed ? own : own.slice(0, 1)).map(
      (one) => [isPlayed ? playedKey(unit, textAt(one, "Name")) : unit, imageIdOf(one)] as const,
    );
  });
  return Object.fromEntries(found);
}

/** This moment, by both clocks. */
export function nowOf({ host }: Pick<Context, "host">): Now {
  const { clock, facts } = host;
  return { boot: facts.bootId, ms: clock.ticks(), iso: clock.now().toISOString() };
}
