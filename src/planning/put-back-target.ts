import { type Inventory, unfinishedPutBacks } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import { textKey, type Unit } from "../model/unit.ts";
import { failedBefore } from "../plan/index.ts";
import { explainGenerator } from "../render/index.ts";
import type { Salvaged, State } from "../state/index.ts";
import type { Context } from "./context.ts";
import { type Desired, hooksOf, withoutHooks } from "./desired.ts";

/**
 * The same state where these instances go back to the units that were in force before. Where podman's generator no longer
 * makes services of those, the instance has an error.
 */
export async function putBackTarget(
  { host }: Pick<Context, "host">,
  desired: Desired,
  before: readonly Unit[],
  names: ReadonlySet<string>,
): Promise<Desired> {
  const kept = desired.units.filter((unit) => !names.has(unit.instance));
  const old = before.filter((unit) => names.has(unit.instance));
  const restored = [...old, ...before.filter((unit) => isLostNetwork(unit, old, kept))];
  const units = [...kept, ...restored];
  const generated = await host.quadlet.generate(units);
  const issues = explainGenerator(generated, restored);
  const invalid = new Set([...desired.invalid, ...issues.flatMap(({ instance }) => instance ?? [])]);
  return {
    ...desired,
    state: withoutHooks(desired.state, names),
    units: units.filter(({ instance }) => !invalid.has(instance)),
    generated,
    issues: [...desired.issues, ...issues],
    invalid,
    putBack: new Set([...(desired.putBack ?? []), ...names]),
  };
}

/** A network that old units name, and that git no longer asks for: nobody else may have needed it, so that it was pruned. */
function isLostNetwork({ kind, name }: Unit, old: readonly Unit[], kept: readonly Unit[]): boolean {
  return (
    kind === "network" &&
    old.some((unit) => unit.name !== name && unit.content.includes(name)) &&
    ![...old, ...kept].some((unit) => unit.name === name)
  );
}

/**
 * What a sync aims at: what git asks for, and for instances whose putting back is not finished what was in force before. Not
 * where their desired state has changed since, or a person asks to try it again.
 */
export async function withUnfinishedPutBacks(
  context: Context,
  desired: Desired,
  inventory: Inventory,
  options: { readonly only?: ReadonlySet<string> | undefined; readonly retry?: boolean },
): Promise<Desired> {
  if (options.retry || options.only !== undefined) return desired;
  const failed = failedBefore({ units: desired.units, hooks: hooksOf(desired.state), inventory });
  const names = unfinishedPutBacks(inventory).filter((name) => failed.has(name));
  let target = desired;
  for (const name of names) {
    const before = await unitsBefore(context, inventory, name);
    if (before !== undefined) target = await putBackTarget(context, target, before, new Set([name]));
  }
  return target;
}

/** What was in force before an instance failed; undefined where its texts are lost, which is told. */
async function unitsBefore(
  { emit, state }: Pick<Context, "emit" | "state">,
  inventory: Inventory,
  name: string,
): Promise<readonly Unit[] | undefined> {
  const { failed, generation } = inventory;
  const known = failed[name]?.before;
  const before = known === undefined ? generation : known;
  const { units, problem } = await salvage(state, before);
  if (isKept(name, inventory, units)) return units;
  emit({ type: "warning", message: `${name}: ${TEXTS_LOST}${problem === undefined ? "" : ` (${problem})`}` });
  return undefined;
}

/** The units that are in force, as far as their texts are kept: what is lost is told, and keeps no sync from its work. */
export async function unitsInForce(
  { emit, state }: Pick<Context, "emit" | "state">,
  { generation }: Inventory,
): Promise<readonly Unit[]> {
  const { units, problem } = await salvage(state, generation);
  if (problem !== undefined)
    emit({ type: "warning", message: `${problem}; a failed update cannot go back to them` });
  return units;
}

async function salvage(
  state: Pick<State, "salvageGeneration">,
  generation: string | null,
): Promise<Salvaged> {
  return generation === null ? { units: [] } : state.salvageGeneration(generation);
}

/** Why an instance of which a text is lost does not go back. */
export const TEXTS_LOST = "what was in force before cannot be put back: its texts are lost";

/** Whether all texts of an instance that are in force are among these. */
export function isKept(instance: string, { units }: Inventory, known: readonly Unit[]): boolean {
  const texts = new Set(known.map(({ name, digest }) => textKey(name, digest)));
  return Object.entries(units).every(
    ([name, owned]) =>
      owned.instance !== instance || owned.digest === null || texts.has(textKey(name, owned.digest)),
  );
}

/** Instances that a second pass has not put back: it failed itself, or left something of them as it was. */
export function notPutBack(
  { changes, leftAlone, issues }: Plan,
  second: { readonly inventory: Inventory; readonly failed: ReadonlyMap<string, string> },
  only: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const begun = Object.values(second.inventory.units).filter(({ pending }) => pending !== undefined);
  const stuck = [...only].filter(
    (name) => second.failed.has(name) || begun.some(({ instance }) => instance === name),
  );
  return new Map(
    stuck.map((name) => {
      const own = issues.filter(({ instance }) => instance === name).map(({ message }) => message);
      const left = changes.filter(({ instance, action }) => instance === name && action === "none");
      const reasons = leftAlone.get(name) ?? left.flatMap((change) => change.reasons)[0];
      const why = second.failed.get(name) ?? (own.length > 0 ? own.join("; ") : reasons?.message);
      const what = "what was in force before could not be put back";
      return [name, why === undefined ? what : `${what}: ${why}`];
    }),
  );
}
