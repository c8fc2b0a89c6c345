import type { Inventory } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import type { Reason } from "../model/plan.ts";
import { listSuspended } from "../model/suspension.ts";
import { instancesLeftAlone, isAsked } from "../plan/index.ts";
import { hooksOf, type RenderedState, runningOn, suspendedByManifest } from "./desired.ts";
import { requireKnown } from "./known-instances.ts";
import type { DriftPolicies } from "./read-drift-policy.ts";

/** Why instances are left alone, according to git, the inventory and suspensions by people. */
export function causesOf(
  target: RenderedState,
  inventory: Inventory,
  { suspended }: DriftPolicies,
  options: RetryOptions & {
    /** Instances that the host lacks something for. */
    readonly blocked: readonly string[];
    /** Instances for which podman cannot bring an image; absent: none. */
    readonly unavailable?: ReadonlyMap<string, Issue> | undefined;
  },
): ReadonlyMap<string, Reason> {
  const known = knownInstances(target, inventory);
  const all = listSuspended(suspended, suspendedByManifest(target.state));
  return instancesLeftAlone({
    invalid: invalidInstances(target, inventory),
    blocked: options.blocked,
    unavailable: options.unavailable,
    suspended: all.filter(({ instance }) => known.has(instance)),
    orphaned: orphanedInstances(target, inventory, options),
    units: target.units,
    hooks: hooksOf(target.state),
    inventory,
    puttingBack: target.putBack,
    retry: (instance) => isRetried(options, instance),
  });
}

/** What decides whether quadgate tries an instance again that failed before. */
export interface RetryOptions {
  readonly only?: ReadonlySet<string> | undefined;
  readonly retry: boolean;
  readonly putBack?: unknown;
  /** A person allows the deletion of the instances that are named. Absent: false. */
  readonly allowPrune?: boolean | undefined;
}

/**
 * Whether a person asks to try an instance again, by name or with all others. Putting back tries nothing
 * again.
 */
export function isRetried({ retry, only, putBack }: RetryOptions, instance: string): boolean {
  return (
    (putBack === undefined || putBack === null) &&
    (retry ? isAsked(only, instance) : only?.has(instance) === true)
  );
}

/**
 * Instances with errors, and those that an unreadable file may still ask for if it is a stack. If nothing in
 * git can be trusted: all instances.
 */
function invalidInstances(target: RenderedState, inventory: Inventory): ReadonlySet<string> {
  if (!target.trusted) return knownInstances(target, inventory);
  const named = new Set(target.state.instances.map(({ name }) => name));
  const owned = Object.values(inventory.units).map(({ instance }) => instance);
  const doubtful = owned.filter(
    (name) => !named.has(name) && [...target.state.doubtful].some((stem) => name.startsWith(`${stem}-`)),
  );
  return new Set([...target.invalid, ...doubtful]);
}

/**
 * Instances whose manifests cannot be read, so that what they ask of the gate is unknown. If only rendering
 * fails, it is known.
 */
export function unreadInstances(target: RenderedState, inventory: Inventory): ReadonlySet<string> {
  const read = new Set(target.state.instances.map(({ name }) => name));
  return new Set([...invalidInstances(target, inventory)].filter((instance) => !read.has(instance)));
}

/** Instances that run on although git no longer has them, but for those whose deletion a person allows. */
function orphanedInstances(
  { state }: RenderedState,
  inventory: Inventory,
  { only, allowPrune }: RetryOptions,
): readonly string[] {
  const { orphaned } = runningOn(state, inventory);
  return orphaned.filter((name) => !(allowPrune === true && only?.has(name) === true));
}

/** Throws `bad-usage` if neither git nor the inventory has one of these names. */
export function requireInstances(
  only: ReadonlySet<string> | undefined,
  desired: RenderedState,
  inventory: Inventory,
): void {
  requireKnown(only, knownInstances(desired, inventory));
}

/** Every instance that git or the inventory names. */
function knownInstances(desired: RenderedState, inventory: Inventory): ReadonlySet<string> {
  return new Set(
    [...desired.units, ...Object.values(inventory.units)]
      .map(({ instance }) => instance)
      .concat([...desired.invalid]),
  );
}
