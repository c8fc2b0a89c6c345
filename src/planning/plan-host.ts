import type { Folder } from "../model/host-requirements.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import type { LiveState } from "../model/live.ts";
import type { Change, Plan, Reason } from "../model/plan.ts";
import type { Unit } from "../model/unit.ts";
import {
  isAsked,
  makePlan,
  rowsKeptBack,
  type Stays,
  textsKeptBack,
  withPutBackReasons,
  withUnmetNeeds,
  withWaiting,
} from "../plan/index.ts";
import { blockingIssues, systemdWarnings } from "../prerequisites/index.ts";
import { heedLoaded } from "../quadlet/ignored-lines.ts";
import { isInOrder, partsOf } from "../quadlet/jobs.ts";
import { loadedTexts } from "../quadlet/plain-units.ts";
import { causesOf, isRetried, unreadInstances } from "./causes.ts";
import { type Context, step } from "./context.ts";
import { hooksOf, type RenderedState } from "./desired.ts";
import { driftOf } from "./drift-of.ts";
import { unfinishedPutBack } from "./due-put-backs.ts";
import { effectiveState, withRefused } from "./effective-state.ts";
import { examinePrerequisites, type PrerequisiteFindings } from "./examine-prerequisites.ts";
import { planLoadable } from "./generator-guard.ts";
import { heedSystemd } from "./heed-systemd.ts";
import { lackingUnits } from "./lacking-units.ts";
import { observeOwned } from "./observe-owned.ts";
import { type PutBack, putBackTarget, unitsInForce } from "./put-back-target.ts";
import { type DriftPolicies, readDriftPolicies } from "./read-drift-policy.ts";
import { withoutOutdated } from "./third-images.ts";

export interface PlanHostOptions {
  /** Only these instances are changed; absent: all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** A person asked for this sync, so that it also undoes changes by hand. */
  readonly attended: boolean;
  /** A person asks to try again what failed before. */
  readonly retry: boolean;
  /** The policies that were read when the sync began; absent: they are read now. */
  readonly driftPolicies?: DriftPolicies;
  /** What to put back; absent: what is due. null: nothing, what is due is left alone. */
  readonly putBack?: PutBack | null;
  /** Instances for which podman cannot bring an image, and the error to report; absent: none. */
  readonly unavailable?: ReadonlyMap<string, Issue> | undefined;
  /** An earlier observation, which counts if it was for the same texts; absent: the host is observed. */
  readonly observed?: Observation | undefined;
}

export interface HostPlan {
  /** What git asks for, with the old texts of what is put back. */
  readonly target: RenderedState;
  /** What the plan works towards. */
  readonly effective: RenderedState;
  readonly live: LiveState;
  readonly plan: Plan;
  /** Folders that containers mount, and that quadgate creates if they are missing. */
  readonly folders: readonly Folder[];
  readonly driftPolicies: DriftPolicies;
  readonly observed: Observation;
}

/** What was observed on the host, and for which texts. */
export interface Observation {
  readonly texts: string;
  readonly live: LiveState;
  readonly examined: PrerequisiteFindings;
}

/** What one round of planning works with. */
interface Round {
  /** What git asks for, with the old texts of what is put back. */
  readonly target: RenderedState;
  readonly effective: RenderedState;
  readonly inventory: Inventory;
  readonly driftPolicies: DriftPolicies;
  /** What the rounds before left alone. */
  readonly leftAlone: ReadonlyMap<string, Reason>;
  /** Units that the rounds before kept while their instances went ahead. */
  readonly kept: ReadonlyMap<string, Change>;
  /** What podman's generator reported about the unit directory in the rounds before. */
  readonly issues: readonly Issue[];
}

/**
 * Observes the host and says what would have to change. Changes nothing. What is left alone keeps its text in
 * force, which may keep another unit back, so quadgate plans again until the effective desired state stays
 * the same.
 */
export async function planHost(
  context: Context,
  git: RenderedState,
  known: Inventory,
  asked: PlanHostOptions,
): Promise<HostPlan> {
  const inventory = asked.putBack ? known : await withoutOutdated(context.host, git, known);
  const driftPolicies = asked.driftPolicies ?? (await readDriftPolicies(context, git, asked));
  let target = await targetOf(context, git, inventory, asked);
  const options = { ...asked, only: withBrought(asked.only, git, target) };
  let leftAlone: ReadonlyMap<string, Reason> = new Map();
  let kept: ReadonlyMap<string, Change> = new Map();
  let issues: readonly Issue[] = [];
  let last: { readonly hostPlan: HostPlan; readonly keptBack: string } | undefined;
  const inForce = once(() => unitsInForce(context, inventory));
  for (;;) {
    const causes = causesOf(target, inventory, driftPolicies, { ...options, blocked: [] });
    leftAlone = new Map([...leftAlone, ...causes]);
    const stays = staying(leftAlone, kept, options.only);
    const keptBack = textsKeptBack(target.units, inventory.units, stays).join("\n");
    // As long as the same texts are kept back, the effective desired state is the same.
    if (last?.keptBack === keptBack) return last.hostPlan;
    const { effective, refused } = await effectiveState(context, target, inventory, { stays, inForce });
    if (refused.length > 0) {
      const waiting = lackingUnits(target, inventory, refused, stays);
      leftAlone = new Map([...leftAlone, ...waiting]);
      target = withRefused(
        target,
        refused.filter(({ instance }) => !waiting.has(instance ?? "")),
      );
      continue;
    }
    const round = { target, effective, inventory, driftPolicies, leftAlone, kept, issues };
    const hostPlan = await planRound(context, round, options);
    last = { hostPlan, keptBack };
    leftAlone = hostPlan.plan.leftAlone;
    kept = new Map([...kept, ...rowsKeptBack(hostPlan.plan, inventory)]);
    issues = hostPlan.plan.issues.filter(({ code }) => code === "generator-fails");
  }
}

/** What git asks for, with the old texts of what is put back. */
async function targetOf(
  context: Context,
  git: RenderedState,
  inventory: Inventory,
  asked: PlanHostOptions,
): Promise<RenderedState> {
  const putBack =
    asked.putBack === undefined ? await unfinishedPutBack(context, git, inventory, asked) : asked.putBack;
  return putBack ? putBackTarget(context, git, inventory, putBack) : git;
}

/**
 * Plans again towards the same effective desired state. After a plan was applied, there is nothing to change.
 */
export async function planAgain(
  context: Context,
  { effective, driftPolicies }: Pick<HostPlan, "effective" | "driftPolicies">,
  inventory: Inventory,
  options: PlanHostOptions,
): Promise<HostPlan> {
  const leftAlone = causesOf(effective, inventory, driftPolicies, { ...options, blocked: [] });
  const round = {
    target: effective,
    effective,
    inventory,
    driftPolicies,
    leftAlone,
    kept: new Map(),
    issues: [],
  };
  return planRound(context, round, options);
}

/** What was asked for, with the instances of units that return together with old texts. */
function withBrought(
  only: PlanHostOptions["only"],
  git: RenderedState,
  target: RenderedState,
): PlanHostOptions["only"] {
  if (only === undefined || target === git) return only;
  const inGit = new Set(git.units.map(({ name }) => name));
  const brought = target.units.filter(({ name }) => !inGit.has(name));
  return new Set([...only, ...brought.map(({ instance }) => instance)]);
}

/**
 * Whether a unit's text in force stays: its instance is left alone or not asked for, or the unit itself is
 * kept.
 */
function staying(
  leftAlone: ReadonlyMap<string, unknown>,
  kept: ReadonlyMap<string, unknown>,
  only: ReadonlySet<string> | undefined,
): Stays {
  return ({ name, instance }) => kept.has(name) || leftAlone.has(instance) || !isAsked(only, instance);
}

async function planRound(context: Context, round: Round, options: PlanHostOptions): Promise<HostPlan> {
  const { target, inventory, driftPolicies } = round;
  const [observed, { effective, warnings }] = await Promise.all([
    observeRound(context, round, options),
    heedRound(context, round),
  ]);
  const { live, examined } = observed;
  const { leftAlone, blocked } = leftAloneNow(round, live, examined, options);
  const plan = await step(context, "plan", async () => {
    const loaded = heedLoaded(loadedTexts(live, context.host.facts), effective.generated);
    const drift = await driftOf(context, effective, { live, loaded }, inventory);
    return planLoadable(context, { desired: effective, live }, (unloadable, issues) =>
      makePlan({
        revision: target.revision,
        host: context.host.facts.name,
        units: effective.units,
        generated: effective.generated,
        git: target,
        facts: context.host.facts,
        live,
        loaded,
        inventory,
        drift,
        leftAlone: new Map([...unloadable, ...leftAlone]),
        kept: round.kept,
        unread: unreadInstances(target, inventory),
        ...(options.only ? { only: options.only } : {}),
        prune: target.settings.prune.enabled,
        putBack: target.putBack,
        driftPolicyOf: driftPolicies.driftPolicyOf,
        issues: [...target.issues, ...blocked, ...round.issues, ...issues],
        warnings: [...target.warnings, ...warnings],
        folders: examined.folders.filter(({ path }) => examined.missing.has(path)),
        hooks: hooksOf(target.state),
      }),
    );
  });
  const explained = withPutBackReasons(plan, target.putBack, inventory.failed);
  return { target, effective, live, plan: explained, folders: examined.folders, driftPolicies, observed };
}

/** What a round works towards, as systemd reads it, and warnings about git's texts. */
async function heedRound(
  { host }: Context,
  { target, effective }: Pick<Round, "target" | "effective">,
): Promise<{ readonly effective: RenderedState; readonly warnings: readonly Issue[] }> {
  const heeded = await heedSystemd(host, effective);
  const said = target === effective ? heeded : await heedSystemd(host, target);
  const warnings = systemdWarnings(said, target.units);
  return { effective: { ...effective, generated: heeded.generated }, warnings };
}

/** Judges prerequisites for git's texts too: an instance that lacks one is left alone. */
async function observeRound(
  context: Context,
  { target, effective, inventory, leftAlone }: Round,
  { only, observed }: PlanHostOptions,
): Promise<Observation> {
  const keys = [...target.units, ...effective.units].map(({ name, digest }) => `${name} ${digest}`);
  const asked = JSON.stringify([target.mounts, target.requirements, [...(only ?? ["*"])]]);
  const texts = [...keys, asked].join("\n");
  if (observed?.texts === texts) return observed;
  return step(context, "observe", async () => {
    const live = await observeOwned(context, [effective, target], inventory);
    const concerns = (instance: string) =>
      leftAlone.get(instance)?.code !== "instance-suspended" && (only === undefined || only.has(instance));
    const examined = await examinePrerequisites(context, target, live, inventory, concerns);
    return { texts, live, examined };
  });
}

function leftAloneNow(
  { target, inventory, driftPolicies, leftAlone }: Round,
  live: LiveState,
  { prerequisites }: PrerequisiteFindings,
  options: PlanHostOptions,
) {
  const deployed = new Set(
    Object.values(inventory.units).flatMap((unit) => (unit.digest === null ? [] : [unit.instance])),
  );
  const blocked = blockingIssues(prerequisites, (instance) => deployed.has(instance));
  const causes = causesOf(target, inventory, driftPolicies, {
    ...options,
    blocked: blocked.flatMap(({ instance }) => instance ?? []),
  });
  const known = new Map([...leftAlone, ...causes]);
  const { units, generated } = target;
  const partOf = partsOf({ services: generated.services, units, live });
  const waiting = withWaiting(known, {
    units,
    inventory,
    hooks: hooksOf(target.state),
    isUp: (service) =>
      isInOrder(service, generated.services.get(service)?.text, live.services.get(service), partOf),
    retry: (instance) => isRetried(options, instance),
  });
  const asked = (instance: string) => isAsked(options.only, instance);
  const all = withUnmetNeeds(waiting, { units, generated, live, asked });
  return { blocked: [...blocked, ...unavailableNow(all, options)], leftAlone: all };
}

/** The errors about images of instances that are left alone for nothing else. */
function unavailableNow(
  leftAlone: ReadonlyMap<string, Reason>,
  { unavailable }: PlanHostOptions,
): readonly Issue[] {
  return [...(unavailable ?? [])]
    .filter(([instance]) => leftAlone.get(instance)?.code === "image-unavailable")
    .map(([, issue]) => issue);
}

/** Does the work at most once, and returns the same result each time. */
function once(work: () => Promise<readonly Unit[]>): () => Promise<readonly Unit[]> {
  let done: Promise<readonly Unit[]> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
