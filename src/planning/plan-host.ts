import { driftQuestion } from "../drift/index.ts";
import type { Folder } from "../model/host-requirements.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import type { Plan } from "../model/plan.ts";
import { listSuspended } from "../model/suspension.ts";
import { observe } from "../observe/live.ts";
import { instancesLeftAlone, makePlan, withPutBackReasons } from "../plan/index.ts";
import { blockingIssues } from "../prerequisites/index.ts";
import { type Context, step } from "./context.ts";
import { type Desired, hooksOf, ignoredDrift, suspendedByManifest } from "./desired.ts";
import { examinePrerequisites } from "./examine-prerequisites.ts";
import { explainedDrift } from "./explained-drift.ts";
import { planLoadable } from "./generator-guard.ts";
import { requireKnown } from "./known-instances.ts";
import { type DriftPolicies, readDriftPolicies } from "./read-drift-policy.ts";

export interface PlanHostOptions {
  /** Only these instances are looked at for changes; absent: all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** A person asked for this sync, so that what somebody did to the host is put back too. */
  readonly attended: boolean;
  /** A person asks to try again what failed before. */
  readonly retry: boolean;
  /** What was read when the sync began; absent: it is read now. */
  readonly driftPolicies?: DriftPolicies;
}

export interface HostPlan {
  readonly live: LiveState;
  readonly plan: Plan;
  /** Folders that containers mount and that are made where they are missing. */
  readonly folders: readonly Folder[];
  readonly driftPolicies: DriftPolicies;
}

/** Looks at the host and says what it would take to make it as desired. Changes nothing. */
export async function planHost(
  context: Context,
  desired: Desired,
  inventory: Inventory,
  options: PlanHostOptions,
): Promise<HostPlan> {
  const { facts } = context.host;
  const driftPolicies = options.driftPolicies ?? (await readDriftPolicies(context, desired, options));
  const known = knownInstances(desired, inventory);
  const all = listSuspended(driftPolicies.suspended, suspendedByManifest(desired.state));
  const suspended = all.filter(({ instance }) => known.has(instance));
  const isSuspended = new Set(suspended.map(({ instance }) => instance));
  const { live, examined } = await step(context, "observe", async () => {
    const observed = await observeOwned(context, desired, inventory);
    const concerns = (instance: string) =>
      !isSuspended.has(instance) && (options.only === undefined || options.only.has(instance));
    return {
      live: observed,
      examined: await examinePrerequisites(context, desired, observed, inventory, concerns),
    };
  });
  const { folders, missing, prerequisites } = examined;
  const deployed = new Set(
    Object.values(inventory.units).flatMap((unit) => (unit.digest === null ? [] : [unit.instance])),
  );
  const blocked = blockingIssues(prerequisites, (instance) => deployed.has(instance));
  const invalid = desired.trusted ? notKnown(desired, inventory) : known;
  const plan = await step(context, "plan", async () => {
    const input = {
      revision: desired.revision,
      host: facts.name,
      observedAt: live.observedAt,
      units: desired.units,
      generated: desired.generated,
      live,
      facts,
      ignore: new Map(Object.entries(ignoredDrift(desired.state))),
      differencesOnly: true,
    };
    const removed = desired.settings.prune.enabled ? Object.keys(inventory.units) : [];
    const drift = await explainedDrift(input, () =>
      context.host.quadlet.generateOver(facts.unitDir, { written: desired.units, removed }),
    );
    const hooks = hooksOf(desired.state);
    const leftAlone = instancesLeftAlone({
      invalid,
      blocked: blocked.flatMap(({ instance }) => instance ?? []),
      suspended,
      units: desired.units,
      hooks,
      inventory,
      retry: (instance) => options.retry || options.only?.has(instance) === true,
    });
    return planLoadable(context, { desired, live }, (unloadable, issues) =>
      makePlan({
        revision: desired.revision,
        host: facts.name,
        units: desired.units,
        generated: desired.generated,
        facts,
        live,
        inventory,
        drift,
        leftAlone: new Map([...unloadable, ...leftAlone]),
        unread: unreadInstances(desired, invalid),
        ...(options.only ? { only: options.only } : {}),
        prune: desired.settings.prune.enabled,
        driftPolicyOf: driftPolicies.driftPolicyOf,
        issues: [...desired.issues, ...blocked, ...issues],
        warnings: desired.warnings,
        folders: folders.filter(({ path }) => missing.has(path)),
        hooks,
      }),
    );
  });
  return { live, plan: withPutBackReasons(plan, desired.putBack, inventory.failed), folders, driftPolicies };
}

/** What has errors, and what a file that cannot be read may still ask for if it is a stack. */
function notKnown({ invalid, state }: Desired, inventory: Inventory): ReadonlySet<string> {
  const stems = [...state.doubtful];
  const named = new Set(state.instances.map(({ name }) => name));
  const owned = Object.values(inventory.units).map(({ instance }) => instance);
  const unreadable = owned.filter(
    (name) => !named.has(name) && stems.some((stem) => name.startsWith(`${stem}-`)),
  );
  return new Set([...invalid, ...unreadable]);
}

/** What has errors so that its manifest cannot be read; where only rendering it fails, what it asks of the gate is known. */
function unreadInstances({ state }: Desired, invalid: ReadonlySet<string>): ReadonlySet<string> {
  const read = new Set(state.instances.map(({ name }) => name));
  return new Set([...invalid].filter((instance) => !read.has(instance)));
}

/** Refuses names that neither git nor the inventory has. */
export function requireInstances(
  only: ReadonlySet<string> | undefined,
  desired: Desired,
  inventory: Inventory,
): void {
  requireKnown(only, knownInstances(desired, inventory));
}

/** Every instance that git or the inventory names. */
function knownInstances(desired: Desired, inventory: Inventory): ReadonlySet<string> {
  return new Set(
    [...desired.units, ...Object.values(inventory.units)]
      .map(({ instance }) => instance)
      .concat([...desired.invalid]),
  );
}

/** Looks at all that the desired units mention and that quadgate owns. */
export function observeOwned(
  context: Pick<Context, "host">,
  desired: Pick<Desired, "units" | "generated">,
  inventory: Inventory,
): Promise<LiveState> {
  const owned = Object.entries(inventory.units);
  const question = driftQuestion(desired.units, desired.generated, context.host.facts);
  return observe(context.host, {
    ...question,
    services: [
      ...new Set([
        ...question.services,
        ...desired.generated.services.keys(),
        ...owned.flatMap(([, unit]) => unit.service ?? []),
      ]),
    ],
    unitNames: [...question.unitNames, ...owned.map(([name]) => name)],
    files: [...question.files, ...owned.map(([name]) => name).filter((name) => name.startsWith("/"))],
  });
}
