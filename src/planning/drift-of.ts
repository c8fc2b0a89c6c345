import type { DriftReport, Suggestion } from "../model/drift.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import type { ServiceTexts } from "../quadlet/generated.ts";
import type { Context } from "./context.ts";
import { ignoredDrift, type RenderedState } from "./desired.ts";
import { explainedDrift } from "./explained-drift.ts";
import { quadlets } from "./generate.ts";

/** What differs between an effective desired state and the host, differences alone. */
export function driftOf(
  { host }: Pick<Context, "host">,
  effective: RenderedState,
  { live, loaded }: { readonly live: LiveState; readonly loaded: ServiceTexts },
  inventory: Inventory,
): Promise<DriftReport<Suggestion>> {
  const { facts } = host;
  const input = {
    revision: effective.revision,
    host: facts.name,
    observedAt: live.observedAt,
    units: effective.units,
    generated: effective.generated,
    live,
    loaded,
    facts,
    ignore: new Map(Object.entries(ignoredDrift(effective))),
    differencesOnly: true,
  };
  const removed = effective.settings.prune.enabled ? Object.keys(inventory.units) : [];
  return explainedDrift(input, () =>
    host.quadlet.generateOver(facts.unitDir, { written: quadlets(effective.units), removed }),
  );
}
