import { QuadgateError } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { BackTo, KeptText } from "../model/text-in-force.ts";
import type { Unit } from "../model/unit.ts";
import { instanceDigest } from "../plan/index.ts";
import { fetchHead, requireFolder } from "../source/index.ts";
import { goesBackTo, textDigest } from "../state/index.ts";
import type { Context } from "./context.ts";
import { hooksOf, type RenderedState, readDesired } from "./desired.ts";
import { type PinnedText, withImagePins } from "./image-pins.ts";
import { type PutBack, salvage } from "./put-back-target.ts";

/** Why an instance with lost texts is not put back. */
const TEXTS_LOST = "cannot be put back: the texts that were in force before are lost";

/** What instances are put back to. */
export interface DuePutBacks extends PutBack {
  /** By instance of `names`. */
  readonly targets: ReadonlyMap<string, BackTo>;
  /** Instances that cannot be put back, and why. */
  readonly stuck: ReadonlyMap<string, string>;
}

/**
 * What the instances that are due go back to: each to its own text, with the texts of others from that time
 * to fill the gaps. Lost texts cause a warning.
 */
export async function duePutBacks(
  { emit, state, host }: Pick<Context, "emit" | "state" | "host">,
  inventory: Inventory,
  due: Iterable<string>,
): Promise<DuePutBacks> {
  const before = new Map<string, Unit>();
  const targets = new Map<string, BackTo>();
  const stuck = new Map<string, string>();
  for (const name of due) {
    const target = goesBackTo(inventory, name);
    const old = target === undefined ? LOST : await oldText({ state, host }, inventory, { name, target });
    if ("problem" in old) {
      emit({ type: "warning", message: `${name}: ${old.problem}` });
      stuck.set(name, old.problem);
      continue;
    }
    targets.set(name, old.to);
    for (const unit of old.units)
      if (unit.instance === name || !before.has(unit.name)) before.set(unit.name, unit);
  }
  return { names: new Set(targets.keys()), before: [...before.values()], targets, stuck };
}

const LOST = { problem: TEXTS_LOST };

interface OldText {
  readonly to: BackTo;
  readonly units: readonly Unit[];
}

interface Back {
  readonly name: string;
  readonly target: KeptText | "nothing";
}

/** The text to which an instance goes back, or why it cannot be had. */
async function oldText(
  { state, host }: Pick<Context, "state" | "host">,
  inventory: Inventory,
  { name, target }: Back,
): Promise<OldText | { readonly problem: string }> {
  const old = await oldUnits({ state, host }, inventory, { name, target });
  const failed = inventory.failed[name]?.units;
  if ("problem" in old || failed === undefined) return "problem" in old ? old : { ...old, to: target };
  return withTheRest(state, inventory, { name, target, units: old.units, failed });
}

/** The units of an old text, with the images that they ran, or why they cannot be had. */
async function oldUnits(
  { state, host }: Pick<Context, "state" | "host">,
  inventory: Inventory,
  { name, target }: Back,
): Promise<PinnedText> {
  if (target === "nothing") return { units: [] };
  const { units, problem } = await salvage(state, target.generation);
  const own = units.filter(({ instance }) => instance === name);
  if (textDigest(own) !== target.digest)
    return { problem: `${TEXTS_LOST}${problem === undefined ? "" : ` (${problem})`}` };
  return withImagePins(host, inventory, { instance: name, units, target });
}

/** The text in force, of which only the units that failed are as they were. */
async function withTheRest(
  state: Pick<Context["state"], "salvageGeneration">,
  inventory: Inventory,
  { name, target, units, failed }: Back & { units: readonly Unit[]; failed: readonly string[] },
): Promise<OldText | { readonly problem: string }> {
  const hasFailed = (unit: string) => failed.some((one) => unit === one || unit.startsWith(`${one}.d/`));
  const inForce = await salvage(state, inventory.generation);
  const rest = inForce.units.filter((unit) => unit.instance === name && !hasFailed(unit.name));
  const stays = Object.entries(inventory.units).filter(
    ([unit, { instance, digest }]) => instance === name && digest !== null && !hasFailed(unit),
  );
  if (stays.length !== rest.length) return LOST;
  const others = units.filter((unit) => unit.instance !== name);
  const own = [...units.filter((unit) => unit.instance === name && hasFailed(unit.name)), ...rest];
  const digest = textDigest(own);
  const isOld = target === "nothing" ? own.length === 0 : digest === target.digest;
  return { to: isOld ? target : { state: "part", digest }, units: [...own, ...others] };
}

/**
 * The instances that are due and that git still asks to be as they failed. What git asks otherwise for is
 * tried instead. Undefined if there is none, or if a person asks to try again.
 */
export async function unfinishedPutBack(
  context: Pick<Context, "emit" | "state" | "host">,
  git: RenderedState,
  inventory: Inventory,
  options: { readonly only?: ReadonlySet<string> | undefined; readonly retry?: boolean },
): Promise<PutBack | undefined> {
  if (options.retry || options.only !== undefined || inventory.due.length === 0) return undefined;
  const hooks = hooksOf(git.state);
  const names = inventory.due.filter(
    (name) => inventory.failed[name]?.digest === instanceDigest(git.units, name, hooks),
  );
  return names.length === 0 ? undefined : duePutBacks(context, inventory, names);
}

/**
 * The instances that are due and for which git has another text than the one that has ended, or none. Empty
 * if git cannot be read: then all of them go back.
 */
export async function dueWithNewText(context: Context, inventory: Inventory): Promise<ReadonlySet<string>> {
  try {
    const settings = mergeSettings(context.layers);
    const desired = await readDesired(
      context,
      requireFolder(await fetchHead(context.host, settings), settings),
    );
    const hooks = hooksOf(desired.state);
    const isRenewed = (name: string) =>
      !desired.invalid.has(name) &&
      inventory.failed[name]?.digest !== instanceDigest(desired.units, name, hooks);
    return new Set(desired.trusted ? inventory.due.filter(isRenewed) : []);
  } catch (error) {
    if (error instanceof QuadgateError) return new Set();
    throw error;
  }
}
