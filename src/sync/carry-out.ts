import { type Inventory, isInForce } from "../model/inventory.ts";
import { type Change, isBad, isEmptyPlan, type Outcome, type Plan, type Verdict } from "../model/plan.ts";
import type { ReasonCode } from "../model/reasons.ts";
import type { SyncResult } from "../model/record.ts";
import { endUnchanged } from "../model/stop.ts";
import type { Context } from "../planning/context.ts";
import { ignoredDrift, runningOn, suspendedByManifest } from "../planning/desired.ts";
import type { Situation } from "../planning/plan-commit.ts";
import { unitsInForce } from "../planning/put-back-target.ts";
import { withAppliedRevision } from "../state/index.ts";
import { type Convergence, converge } from "./converge.ts";
import type { DecideOptions, Decision } from "./decide.ts";
import { keepHeld, letGo, markBegun } from "./held-plan.ts";
import { resultOf } from "./sync-record.ts";
import { putBackAndWrite } from "./tend.ts";
import type { WatchedTexts } from "./watch.ts";

/** What a sync has done before it watches. */
export interface ActResult {
  readonly outcomes: readonly Outcome[];
  readonly result: SyncResult;
  readonly watched: WatchedTexts;
}

/**
 * Does what was decided. The caller holds the lock. Throws `interrupted` if it is asked to end before it has
 * changed anything.
 */
export async function carryOut(
  context: Context,
  { situation, judgement: { verdict } }: Decision,
  options: DecideOptions,
): Promise<ActResult> {
  if (verdict.state !== "open") return hold(context, situation, { verdict, options });
  if (!isEmptyPlan(situation.hostPlan.plan)) endUnchanged(options.signal);
  return act(context, situation, options);
}

/**
 * Applies nothing but what needs no permission: putting back what has ended. Keeps a plan that waits for a
 * person, so that `approve` can name it.
 */
async function hold(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  { verdict, options }: { readonly verdict: Verdict; readonly options: DecideOptions },
): Promise<ActResult> {
  const approvalMs = desired.settings.gate.approvalFor;
  await keepHeld(context, { plan: hostPlan.plan, inventory, verdict, approvalMs }, options);
  await putBackAndWrite(context, inventory);
  return { outcomes: [], result: verdict.state === "held" ? "held" : "blocked", watched: new Map() };
}

async function act(
  context: Context,
  { desired, hostPlan, inventory }: Situation,
  options: DecideOptions,
): Promise<ActResult> {
  const previous = await unitsInForce(context, inventory);
  const { plan } = hostPlan;
  await markBegun(context.state, { plan, inventory });
  const converged = await converge({ context, hostPlan, inventory, previous, signal: options.signal });
  // What was to be renewed instead of going back, and was left alone.
  const suspended = suspendedByManifest(desired.state);
  const isLeftDown = (name: string) =>
    inventory.due.includes(name) && !converged.failed.has(name) && !suspended.has(name);
  const back = await putBackAndWrite(context, converged.inventory, isLeftDown);
  const done = { ...converged, inventory: back.inventory };
  const isLeft = [...plan.leftAlone.values()].some(({ code }) => code === "image-unavailable");
  const isWhole = options.signal?.aborted !== true && !isLeft;
  await letGo(context.state, { plan, inventory, isWhole }, options);
  const result = resultOf(plan, done, options.only);
  const left = done.outcomes.some(isBad);
  const all = options.only === undefined || isInForce(done.inventory, desired.units);
  const isGits = (hostPlan.effective.putBack?.size ?? 0) === 0;
  const whole = !left && done.lost.size === 0 && leavesNothing(plan, done.inventory) && all && isGits;
  const known = {
    ignoreDrift: ignoredDrift(desired),
    suspended: [...suspended].sort(),
    ...runningOn(desired.state, done.inventory),
  };
  const after = withAppliedRevision({
    ...done.inventory,
    settlingRevision: whole ? desired.revision : done.inventory.settlingRevision,
    // Another sync that went ahead may know a newer revision.
    ...(done.isOther ? {} : known),
  });
  if (JSON.stringify(after) !== JSON.stringify(done.inventory)) await context.state.writeInventory(after);
  return { outcomes: done.outcomes, result, watched: textsToWatch(plan, after, done) };
}

/**
 * The fresh texts of instances that a plan changes, also if another sync has taken them over, and those that
 * have failed and are being put back.
 */
function textsToWatch(
  { changes }: Plan,
  { texts, failed }: Inventory,
  { putBack, lost }: Pick<Convergence, "putBack" | "lost">,
): WatchedTexts {
  const isTried = ({ instance, action, reasons }: Change) =>
    !lost.has(instance) && (action !== "none" || reasons.some(({ code }) => code === "adopted"));
  // What is deleted wholly has no text to watch, even if something keeps it there for now.
  const stays = new Set(changes.flatMap(({ instance, action }) => (action === "delete" ? [] : [instance])));
  const tried = changes.filter((one) => isTried(one) && stays.has(one.instance));
  const names = new Set(tried.map(({ instance }) => instance));
  const begun = [...lost].flatMap(([name, text]) => (text?.state === "fresh" ? [[name, text] as const] : []));
  const fresh = Object.entries(texts).filter(([name, { state }]) => names.has(name) && state === "fresh");
  const back = Object.entries(failed).filter(([name]) => putBack.has(name));
  return new Map([
    ...fresh,
    ...begun,
    ...back.map(([name, { digest }]) => [name, { attempt: digest }] as const),
  ]);
}

/** Reasons why a single unit waits although its instance goes ahead. */
const WAITING: ReadonlySet<string> = new Set<ReasonCode>(["network-in-use", "job-running"]);

/** Whether everything that git asks for is applied, or was already on the host. */
function leavesNothing({ leftAlone, changes }: Plan, { units }: Inventory): boolean {
  const isDone = ({ unit, digest }: Change) =>
    units[unit]?.digest === digest && units[unit]?.pending === undefined;
  return (
    [...leftAlone.values()].every(({ code }) => code === "service-masked" || code === "orphaned") &&
    !changes.some(({ reasons }) => reasons.some(({ code }) => WAITING.has(code))) &&
    // A masked service keeps nothing back if its text is already in force.
    changes.every((one) => isDone(one) || !one.reasons.some(({ code }) => code === "service-masked"))
  );
}
