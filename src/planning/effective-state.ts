import type { Inventory } from "../model/inventory.ts";
import { type Issue, instancesOf } from "../model/issue.ts";
import type { Unit } from "../model/unit.ts";
import { effectiveUnits, type Stays, textsKeptBack } from "../plan/index.ts";
import { explainGenerator } from "../render/index.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";
import { generateUnits } from "./generate.ts";

/** What a sync works towards. */
export interface EffectiveState {
  readonly effective: RenderedState;
  /** Errors that podman's generator reports for units that go ahead, together with the texts in force. */
  readonly refused: readonly Issue[];
}

/**
 * The effective desired state: for units that go ahead git's text, for units that stay the text in force.
 * Podman's generator runs again only if that differs from what git says.
 */
export async function effectiveState(
  { host }: Pick<Context, "host">,
  git: RenderedState,
  { units: owned }: Inventory,
  { stays, inForce }: { readonly stays: Stays; readonly inForce: () => Promise<readonly Unit[]> },
): Promise<EffectiveState> {
  const isGits = textsKeptBack(git.units, owned, stays).length === 0;
  const units = isGits ? git.units : effectiveUnits(git.units, await inForce(), owned, stays);
  if (isSame(units, git.units)) return { effective: git, refused: [] };
  const generated = await generateUnits(host, units);
  const refused = explainGenerator(
    generated,
    units.filter((unit) => !stays(unit)),
  );
  return { effective: { ...git, units, generated }, refused };
}

/** Adds errors to a state. The instances with errors are left alone. */
export function withRefused(desired: RenderedState, refused: readonly Issue[]): RenderedState {
  const invalid = new Set([...desired.invalid, ...refused.flatMap(instancesOf)]);
  return {
    ...desired,
    units: desired.units.filter(({ instance }) => !invalid.has(instance)),
    issues: [...desired.issues, ...refused],
    invalid,
  };
}

function isSame(a: readonly Unit[], b: readonly Unit[]): boolean {
  return a.length === b.length && a.every((unit, index) => unit === b[index]);
}
