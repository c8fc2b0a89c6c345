import type { DesiredState } from "../model/desired-state.ts";
import type { Inventory } from "../model/inventory.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { Unit } from "../model/unit.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";
import { generateUnits } from "./generate.ts";

/** What manifests say, if none is read. */
const NOTHING_READ: DesiredState = {
  revision: null,
  instances: [],
  networks: [],
  patterns: new Map(),
  templates: new Map(),
  files: new Map(),
  invalid: new Set(),
  doubtful: new Set(),
  complete: true,
  issues: [],
};

/**
 * The units in force as a desired state, so that a sync can work without git. What only manifests say, such
 * as hooks and checks, is missing. Settings are those of the host.
 */
export async function inForceState(
  { host, layers }: Pick<Context, "host" | "layers">,
  { appliedRevision }: Inventory,
  units: readonly Unit[],
): Promise<RenderedState> {
  return {
    revision: appliedRevision,
    settings: mergeSettings(layers),
    gates: [],
    state: NOTHING_READ,
    units,
    generated: await generateUnits(host, units),
    mounts: [],
    requirements: [],
    podmanVersion: "",
    described: new Map(),
    issues: [],
    warnings: [],
    trusted: true,
    invalid: new Set(),
  };
}
