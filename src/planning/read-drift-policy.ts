import { asked, braked, type DriftPolicy, healing, reported } from "../model/drift-policy.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { Suspension } from "../model/suspension.ts";
import { healsSince } from "../state/index.ts";
import type { Context } from "./context.ts";
import { instancesWhere, type RenderedState } from "./desired.ts";

/** What a sync may do about drift, by what people said on this host and what past syncs did. */
export interface DriftPolicies {
  /** By instance: the suspensions by people on this host. */
  readonly suspended: ReadonlyMap<string, Suspension>;
  /** What is done about differences that no commit explains. */
  readonly driftPolicyOf: (instance: string) => DriftPolicy;
}

/** Reads the policies once, so that they stay the same for a whole sync. */
export async function readDriftPolicies(
  context: Context,
  desired: RenderedState,
  options: { readonly attended: boolean },
): Promise<DriftPolicies> {
  const { state } = context;
  const now = context.host.clock.now().getTime();
  const suspended = await state.readSuspensions(now);
  if (options.attended) return { suspended, driftPolicyOf: () => asked() };
  const { heal, defaults } = desired.settings;
  const heals = instancesWhere(desired.state, ({ onDrift = defaults.onDrift }) => onDrift === "heal");
  const past =
    heals.size === 0 ? new Map<string, string[]>() : healsSince(await state.readRecords(), now - heal.within);
  const driftPolicyOf = (instance: string) =>
    heals.has(instance) ? policyBy(heal, past.get(instance) ?? []) : reported();
  return { suspended, driftPolicyOf };
}

/** The policies for the end of a sync: what it changed must be as declared, whoever asked for the sync. */
export function asIfAsked({ suspended }: DriftPolicies): DriftPolicies {
  return { suspended, driftPolicyOf: () => asked() };
}

/**
 * The brake: after `limit` heals within a period, only reports until the first of them is older than the
 * period.
 */
function policyBy({ limit, within }: Settings["heal"], times: readonly string[]): DriftPolicy {
  if (times.length < limit) return healing();
  const first = times[times.length - limit];
  const until = first === undefined ? null : new Date(Date.parse(first) + within).toISOString();
  return braked(limit, until);
}
