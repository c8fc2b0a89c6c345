import { QuadgateError } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { KeptText } from "../model/text-in-force.ts";
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
  readonly targets: ReadonlyMap<string, KeptText | "nothing">;
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
  const targets = new Map<string, KeptText | "nothing">();
  const stuck = new Map<string, string>();
  for (const name of due) {
    const target = goesBackTo(inventory, name);
    const old = await oldUnits({ state, host }, inventory, { name, target });
    if (target === undefined || "problem" in old) {
      const why = "problem" in old ? old.problem : TEXTS_LOST;
      emit({ type: "warning", message: `${name}: ${why}` });
      stuck.set(name, why);
      continue;
    }
    targets.set(name, target);
    for (const unit of old.units)
      if (unit.instance === name || !before.has(unit.name)) before.set(unit.name, unit);
  }
  return { names: new Set(targets.keys()), before: [...before.values()], targets, stuck };
}

/** The units of an old text, with the images that they ran, or why they cannot be had. */
async function oldUnits(
  { state, host }: Pick<Context, "state" | "host">,
  inventory: Inventory,
  { name, target }: { readonly name: string; readonly target: KeptText | "nothing" | undefined },
): Promise<PinnedText> {
  if (target === undefined || target === "nothing") return { units: [] };
  const { units, problem } = await salvage(state, target.generation);
  const own = units.filter(({ instance }) => instance === name);
  if (textDigest(own) !== target.digest)
    return { problem: `${TEXTS_LOST}${problem === undefined ? "" : ` (${problem})`}` };
  return withImagePins(host, inventory, { instance: name, units, target });
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
