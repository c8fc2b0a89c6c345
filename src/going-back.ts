import type { Context } from "./context.ts";
import { type Desired, hooksOf, withoutHooks } from "./desired.ts";
import type { State } from "./history/index.ts";
import { QuadgateError } from "./model/errors.ts";
import { type Inventory, onTheirWayBack } from "./model/inventory.ts";
import type { Plan } from "./model/plan.ts";
import type { Unit } from "./model/unit.ts";
import { failedBefore } from "./plan/index.ts";
import { explainGenerator } from "./render/index.ts";

/**
 * The same state where these instances go back to the units that were in force before. Where podman's generator no longer
 * makes services of those, the instance has an error.
 */
export async function goBack(
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
    goingBack: new Set([...(desired.goingBack ?? []), ...names]),
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
 * What a sync aims at: what git asks for, and for instances whose rollback is not finished what was in force before. Not
 * where their desired state has changed since, or a person asks to try it again.
 */
export async function withRollbacks(
  context: Context,
  state: Pick<State, "readGeneration">,
  desired: Desired,
  inventory: Inventory,
  options: { readonly only?: ReadonlySet<string> | undefined; readonly retry?: boolean },
): Promise<Desired> {
  if (options.retry || options.only !== undefined) return desired;
  const failed = failedBefore({ units: desired.units, hooks: hooksOf(desired.state), inventory });
  const names = onTheirWayBack(inventory).filter((name) => failed.has(name));
  let target = desired;
  for (const name of names) {
    const before = await unitsBefore(context, state, inventory, name);
    if (before !== undefined) target = await goBack(context, target, before, new Set([name]));
  }
  return target;
}

/** What was in force before an instance failed; undefined where it cannot be read, which is told. */
async function unitsBefore(
  { emit }: Context,
  state: Pick<State, "readGeneration">,
  { failed, generation }: Inventory,
  name: string,
): Promise<readonly Unit[] | undefined> {
  const known = failed[name]?.before;
  const before = known === undefined ? generation : known;
  if (before === null) return [];
  try {
    return await state.readGeneration(before);
  } catch (error) {
    if (!(error instanceof QuadgateError)) throw error;
    emit({
      type: "warning",
      message: `${name} cannot go back to what was in force before: ${error.message}`,
    });
    return undefined;
  }
}

/** Instances that a second pass has not put back: it failed itself, or left something of them as it was. */
export function stuckAfter(
  { changes, frozen, issues }: Plan,
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
      const reasons = frozen.get(name) ?? left.flatMap((change) => change.reasons)[0];
      const why = second.failed.get(name) ?? (own.length > 0 ? own.join("; ") : reasons?.message);
      const what = "what was in force before could not be put back";
      return [name, why === undefined ? what : `${what}: ${why}`];
    }),
  );
}
