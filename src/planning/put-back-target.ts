import type { Inventory } from "../model/inventory.ts";
import { instancesOf } from "../model/issue.ts";
import type { Plan } from "../model/plan.ts";
import type { Unit } from "../model/unit.ts";
import { withNamed } from "../plan/index.ts";
import { explainGenerator } from "../render/index.ts";
import type { SalvageResult, State } from "../state/index.ts";
import type { Context } from "./context.ts";
import { type RenderedState, withoutHooks } from "./desired.ts";
import { withRefused } from "./effective-state.ts";
import { generateUnits } from "./generate.ts";

/** Instances to put back, and the units that include their old texts. */
export interface PutBack {
  readonly names: ReadonlySet<string>;
  readonly before: readonly Unit[];
}

/**
 * The desired state with these instances at their old texts. Units that those texts name and that git no
 * longer has return with them. If podman's generator no longer generates services from the old texts, the
 * instance has an error.
 */
export async function putBackTarget(
  { host }: Pick<Context, "host">,
  git: RenderedState,
  inventory: Inventory,
  { names, before }: PutBack,
): Promise<RenderedState> {
  const kept = git.units.filter((unit) => !names.has(unit.instance));
  const here = new Set(kept.map(({ name }) => name));
  const old = before.filter((unit) => names.has(unit.instance) && !here.has(unit.name));
  const units = withNamed([...kept, ...old], old, before, inventory.units);
  const generated = await generateUnits(host, units);
  const refused = explainGenerator(generated, units.slice(kept.length));
  const putBack = new Set([...(git.putBack ?? []), ...names]);
  const target = { ...git, state: withoutHooks(git.state, names), units, generated, putBack };
  return withRefused(target, refused);
}

/** The units in force, as far as their texts are stored. Lost texts only cause a warning. */
export async function unitsInForce(
  { emit, state }: Pick<Context, "emit" | "state">,
  { generation }: Inventory,
): Promise<readonly Unit[]> {
  const { units, problem } = await salvage(state, generation);
  if (problem !== undefined)
    emit({ type: "warning", message: `${problem}; a failed update cannot be put back to them` });
  return units;
}

/** The intact units of a generation, and what is wrong with the others. */
export async function salvage(
  state: Pick<State, "salvageGeneration">,
  generation: string | null,
): Promise<SalvageResult> {
  return generation === null ? { units: [] } : state.salvageGeneration(generation);
}

/**
 * Instances that are not back after a pass, because they failed or a part of them was left alone, and why.
 */
export function notPutBack(
  { changes, leftAlone, issues }: Plan,
  done: { readonly inventory: Inventory; readonly failed: ReadonlyMap<string, string> },
  { names, before }: PutBack,
): ReadonlyMap<string, string> {
  const stuck = [...names].filter((name) => done.failed.has(name) || !isBack(name, before, done.inventory));
  return new Map(
    stuck.map((name) => {
      const own = issues.filter((issue) => instancesOf(issue).includes(name)).map(({ message }) => message);
      const left = changes.filter(({ instance, action }) => instance === name && action === "none");
      const reasons = leftAlone.get(name) ?? left.flatMap((change) => change.reasons)[0];
      const why = done.failed.get(name) ?? (own.length > 0 ? own.join("; ") : reasons?.message);
      const what = "could not be put back";
      return [name, why === undefined ? what : `${what}: ${why}`];
    }),
  );
}

/** Whether the host has exactly the old texts of an instance. */
function isBack(name: string, before: readonly Unit[], { units }: Inventory): boolean {
  const old = new Map(
    before.filter(({ instance }) => instance === name).map((one) => [one.name, one.digest]),
  );
  const owned = Object.entries(units).filter(([, { instance }]) => instance === name);
  const isOld = owned.every(
    ([unit, { digest, pending }]) => pending === undefined && digest === old.get(unit),
  );
  return isOld && [...old.keys()].every((unit) => units[unit] !== undefined);
}
