import { asked, braked, type DriftPolicy, healing, reported } from "../model/drift-policy.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { Suspension } from "../model/suspension.ts";
import { healsSince } from "../state/index.ts";
import type { Context } from "./context.ts";
import { type Desired, instancesWhere } from "./desired.ts";

/** What a person said on this host, and what past syncs did, as far as it decides what this one may do. */
export interface DriftPolicies {
  /** By instance: kept away from by a person. */
  readonly suspended: ReadonlyMap<string, Suspension>;
  /** What is done about differences that no commit explains. */
  readonly driftPolicyOf: (instance: string) => DriftPolicy;
}

/** Reads it once, so that all of a sync goes by the same. */
export async function readDriftPolicies(
  context: Context,
  desired: Desired,
  options: { readonly attended: boolean },
): Promise<DriftPolicies> {
  const { state } = context;
  const now = context.host.clock.now().getTime();
  const suspended = await state.readSuspensions(now);
  if (options.attended) return { suspended, driftPolicyOf: () => asked() };
  const heals = instancesWhere(desired.state, (spec) => spec.onDrift === "heal");
  const { heal } = desired.settings;
  const past =
    heals.size === 0 ? new Map<string, string[]>() : healsSince(await state.readRecords(), now - heal.within);
  const driftPolicyOf = (instance: string) =>
    heals.has(instance) ? policyBy(heal, past.get(instance) ?? []) : reported();
  return { suspended, driftPolicyOf };
}

/** The same for the end of a sync: what it changed has to be as declared, whoever asked for it. */
export function asIfAsked({ suspended }: DriftPolicies): DriftPolicies {
  return { suspended, driftPolicyOf: () => asked() };
}

/** The brake: so many heals in a time, and then reports until the first of them is that long ago. */
function policyBy({ limit, within }: Settings["heal"], times: readonly string[]): DriftPolicy {
  if (times.length < limit) return healing();
  const first = times[times.length - limit];
  const until = first === undefined ? null : new Date(Date.parse(first) + within).toISOString();
  return braked(limit, until);
}
