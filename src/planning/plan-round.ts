import type { Inventory } from "../model/inventory.ts";
import { type Issue, instancesOf } from "../model/issue.ts";
import type { LiveState } from "../model/live.ts";
import type { Change, Reason } from "../model/plan.ts";
import { isAsked, makePlan, withPutBackReasons, withUnmetNeeds, withWaiting } from "../plan/index.ts";
import { blockingIssues, systemdWarnings, uselessAutoUpdates } from "../prerequisites/index.ts";
import { heedLoaded } from "../quadlet/ignored-lines.ts";
import { isInOrder, partsOf } from "../quadlet/jobs.ts";
import { loadedTexts } from "../quadlet/plain-units.ts";
import { causesOf, isRetried, unreadInstances } from "./causes.ts";
import { type Context, step } from "./context.ts";
import { hooksOf, type RenderedState } from "./desired.ts";
import { driftOf } from "./drift-of.ts";
import { examinePrerequisites, type PrerequisiteFindings } from "./examine-prerequisites.ts";
import { planLoadable } from "./generator-guard.ts";
import { heedSystemd } from "./heed-systemd.ts";
import type { HostPlan, Observation, PlanHostOptions } from "./host-plan.ts";
import { observeOwned } from "./observe-owned.ts";
import type { DriftPolicies } from "./read-drift-policy.ts";

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

export async function planRound(context: Context, round: Round, options: PlanHostOptions): Promise<HostPlan> {
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
        warnings: [...target.warnings, ...warnings, ...unusedAutoUpdates(target, live)],
        folders: examined.folders.filter(({ path }) => examined.missing.has(path)),
        hooks: hooksOf(target.state),
      }),
    );
  });
  const explained = withPutBackReasons(plan, target.putBack, inventory.failed);
  return { target, effective, live, plan: explained, folders: examined.folders, driftPolicies, observed };
}

function unusedAutoUpdates({ units, generated }: RenderedState, { inputs }: LiveState): readonly Issue[] {
  const written = new Map(units.map(({ name, content }) => [name, content]));
  return uselessAutoUpdates(units, generated, (path) => written.get(path) ?? inputs.get(path));
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
    blocked: blocked.flatMap(instancesOf),
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
