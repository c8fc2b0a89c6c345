import type { Inventory } from "../model/inventory.ts";
import type { Issue } from "../model/issue.ts";
import type { Change, Reason } from "../model/plan.ts";
import type { Unit } from "../model/unit.ts";
import { isAsked, rowsKeptBack, type Stays, textsKeptBack } from "../plan/index.ts";
import { causesOf } from "./causes.ts";
import type { Context } from "./context.ts";
import type { RenderedState } from "./desired.ts";
import { unfinishedPutBack } from "./due-put-backs.ts";
import { effectiveState, withRefused } from "./effective-state.ts";
import type { HostPlan, PlanHostOptions } from "./host-plan.ts";
import { lackingUnits } from "./lacking-units.ts";
import { planRound } from "./plan-round.ts";
import { putBackTarget, unitsInForce } from "./put-back-target.ts";
import { readDriftPolicies } from "./read-drift-policy.ts";
import { withoutOutdated } from "./third-images.ts";

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

/** Does the work at most once, and returns the same result each time. */
function once(work: () => Promise<readonly Unit[]>): () => Promise<readonly Unit[]> {
  let done: Promise<readonly Unit[]> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
