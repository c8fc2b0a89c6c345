import { readDesiredState } from "../manifest/index.ts";
import { QuadgateError } from "../model/errors.ts";
import type { SuspendedInstance } from "../model/suspension.ts";
import type { Context } from "../planning/context.ts";
import { readTree } from "../planning/head.ts";
import { requireKnown } from "../planning/known-instances.ts";
import type { State } from "../state/index.ts";

export interface SuspendOptions {
  /** Milliseconds; without it, until a person resumes the instance. */
  readonly forMs?: number | undefined;
  readonly reason?: string | undefined;
}

/**
 * Keeps syncs away from instances from now on, including those that only git has yet. A sync that has begun
 * may still change them.
 */
export async function suspendInstances(
  context: Context,
  names: ReadonlySet<string>,
  { forMs, reason }: SuspendOptions,
): Promise<readonly SuspendedInstance[]> {
  const { state } = context;
  const now = context.host.clock.now().getTime();
  const here = await namesHere(state, now);
  // Ask git only about instances that are not here yet: git may be out of reach, and a person needs this to
  // work.
  const isHere = [...names].every((name) => here.has(name));
  requireKnown(names, isHere ? here : [...here, ...(await namesInGit(context))]);
  const suspension = {
    since: new Date(now).toISOString(),
    until: forMs === undefined ? null : new Date(now + forMs).toISOString(),
    reason: reason ?? null,
  };
  for (const instance of names) await state.writeSuspension(instance, suspension);
  return [...names].sort().map((instance) => ({ instance, by: "host", ...suspension }));
}

/** Waits until no sync is under way. Returns false if one still is when the time is over. */
export async function waitForSync({ host }: Context, waitMs: number): Promise<boolean> {
  try {
    const release = await host.lock.acquire(`${host.facts.stateDir}/lock`, { waitMs });
    await release();
    return true;
  } catch (error) {
    if (error instanceof QuadgateError && error.reason === "locked") return false;
    throw error;
  }
}

export interface ResumeResult {
  /** Instances that a person suspended on this host. */
  readonly resumed: readonly string[];
  /** Instances that their manifests still suspend. */
  readonly byManifest: readonly string[];
}

/** Lets syncs change instances again. */
export async function resumeInstances(context: Context, names: ReadonlySet<string>): Promise<ResumeResult> {
  const { state } = context;
  const now = context.host.clock.now().getTime();
  requireKnown(names, await namesHere(state, now));
  const [suspended, inventory] = await Promise.all([state.readSuspensions(now), state.readInventory()]);
  // This also removes suspensions that have expired.
  for (const instance of names) await state.removeSuspension(instance);
  const asked = [...names].sort();
  return {
    resumed: asked.filter((instance) => suspended.has(instance)),
    byManifest: asked.filter((instance) => inventory.suspended.includes(instance)),
  };
}

/** Instances that are on this host, or are suspended here. */
async function namesHere(state: State, now: number): Promise<ReadonlySet<string>> {
  const [inventory, suspended] = await Promise.all([state.readInventory(), state.readSuspensions(now)]);
  const owned = Object.values(inventory.units).map(({ instance }) => instance);
  return new Set([...owned, ...suspended.keys()]);
}

/** Instances that the branch's head has for this host. */
async function namesInGit(context: Context): Promise<readonly string[]> {
  const tree = await readTree(context, undefined);
  const { instances, invalid } = readDesiredState(tree, await context.shipped(), {
    host: context.host.facts.name,
  });
  return [...instances.map(({ name }) => name), ...invalid];
}
