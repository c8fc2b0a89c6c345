import type { Inventory } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import type { Unit } from "../model/unit.ts";
import { effectiveUnits, type Stays, textsKeptBack } from "../plan/index.ts";
import { explainGenerator } from "../render/index.ts";
import type { Context } from "./context.ts";
import type { Desired } from "./desired.ts";
import { generateUnits } from "./generate.ts";

/** What a sync works towards, and how it differs from git. */
export interface EffectiveState {
  readonly desired: Desired;
  /** Names of the units whose text in git is kept back. While this list stays the same, so does the state. */
  readonly keptBack: readonly string[];
  /** Errors that podman's generator reports for units that go ahead, together with the texts in force. */
  readonly refused: readonly Issue[];
}

/**
 * The effective desired state: for units that go ahead git's text, for units that stay the text in force.
 * Podman's generator runs again only if that differs from what git says.
 */
export async function effectiveState(
  { host }: Pick<Context, "host">,
  git: Desired,
  { units: owned }: Inventory,
  { stays, inForce }: { readonly stays: Stays; readonly inForce: () => Promise<readonly Unit[]> },
): Promise<EffectiveState> {
  const keptBack = textsKeptBack(git.units, owned, stays);
  const units = keptBack.length === 0 ? git.units : effectiveUnits(git.units, await inForce(), owned, stays);
  if (isSame(units, git.units)) return { desired: git, keptBack, refused: [] };
  const generated = await generateUnits(host, units);
  const refused = explainGenerator(
    generated,
    units.filter((unit) => !stays(unit)),
  );
  return { desired: { ...git, units, generated }, keptBack, refused };
}

/** Adds errors to a state. The instances with errors are left alone. */
export function withRefused(desired: Desired, refused: readonly Issue[]): Desired {
  const invalid = new Set([...desired.invalid, ...refused.flatMap(({ instance }) => instance ?? [])]);
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
