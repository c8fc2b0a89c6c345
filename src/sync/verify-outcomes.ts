import { success } from "../apply/index.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import { pause } from "../model/pause.ts";
import { type Change, isBad, type Outcome, type Plan } from "../model/plan.ts";
import type { Context } from "../planning/context.ts";
import type { HostPlan } from "../planning/host-plan.ts";
import { planAgain } from "../planning/plan-host.ts";
import { asIfAsked } from "../planning/read-drift-policy.ts";
import { markApplied } from "../state/index.ts";
import type { ApplyResult } from "./apply-pass.ts";
import { withStarts } from "./begun-texts.ts";
import { lastLines } from "./ended-text.ts";
import { type JudgedTexts, judgeTexts } from "./judge-texts.ts";
import { type PassInput, puttingBackIn } from "./pass-input.ts";
import { whatIsLeft } from "./what-is-left.ts";

/** How long a container may be gone before systemd says that its service has ended. */
const ENDING_MS = 1_000;

/** What is left to do of what was applied. */
async function planOnceMore(
  { context, hostPlan, signal }: PassInput,
  inventory: Inventory,
  done: readonly Change[],
): Promise<HostPlan> {
  const applied = markApplied(inventory, done, hostPlan.plan.revision);
  const look = () =>
    planAgain(context, { ...hostPlan, driftPolicies: asIfAsked(hostPlan.driftPolicies) }, applied, {
      only: new Set(done.map((change) => change.instance)),
      attended: true,
      retry: true,
    });
  const first = await look();
  const isGone = ({ reasons }: Change) => reasons.some(({ code }) => code === "container-missing");
  if (!first.plan.changes.some(isGone)) return first;
  await pause(context.host.clock, ENDING_MS, signal);
  return look();
}

export interface VerifyResult {
  readonly outcomes: readonly Outcome[];
  readonly live: LiveState;
  /** By instance: what a service of it that failed wrote last. */
  readonly output: ReadonlyMap<string, readonly string[]>;
}

/**
 * Looks at what has become of the texts so far, and plans again: for what was applied, nothing may be left
 * to do.
 */
export async function verifyOutcomes(
  input: PassInput,
  inventory: Inventory,
  { applied, judging, starts }: Pick<ApplyResult, "applied" | "judging" | "starts">,
): Promise<VerifyResult> {
  const { context, hostPlan } = input;
  if (applied.length === 0) return { outcomes: [], live: hostPlan.live, output: new Map() };
  const { plan } = hostPlan;
  const done = plan.changes.filter(({ action }) => action !== "none");
  const again = await planOnceMore(input, inventory, done);
  const begun = [...new Set(done.map(({ instance }) => instance))].filter(
    (name) => !puttingBackIn(input).has(name),
  );
  const { results } = await judgeTexts(context, withStarts(inventory, starts, begun), begun, judging);
  const seen = seenOf(plan, inventory, results);
  const kept = new Set(plan.changes.flatMap(({ unit, reloadOnly }) => (reloadOnly ? [unit] : [])));
  // What has not been restarted may differ in other ways, which are not of this sync's making.
  const left = whatIsLeft(again.plan.changes.filter((one) => one.reloadOnly || !kept.has(one.unit)));
  const outcomes = applied.map((outcome) => {
    if (isBad(outcome)) return seen.open.has(outcome.instance) ? asStarted(plan, outcome) : outcome;
    // How it ended says more than that its container is gone.
    const message = seen.ended.get(outcome.unit) ?? left.failures.get(outcome.unit);
    if (message === undefined) return withWarning(context, outcome, left.warnings.get(outcome.unit));
    const failed = { ...outcome, outcome: "failed" as const, message };
    context.emit({ type: "unit-finished", outcome: failed });
    return failed;
  });
  return { outcomes, live: again.live, output: await lastWords(context, plan, { applied, outcomes }) };
}

/** Reads what the services that failed wrote last, and shows what the apply has not shown yet. */
async function lastWords(
  context: Context,
  { changes }: Plan,
  { applied, outcomes }: { readonly applied: readonly Outcome[]; readonly outcomes: readonly Outcome[] },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const shown = new Set(applied.flatMap(({ unit, outcome }) => (outcome === "failed" ? [unit] : [])));
  const found = new Map<string, readonly string[]>();
  for (const { unit, instance, outcome } of outcomes) {
    const service = changes.find((change) => change.unit === unit)?.service;
    if (outcome !== "failed" || !service) continue;
    const lines = await lastLines(context, service);
    if (lines.length === 0) continue;
    found.set(instance, lines);
    if (!shown.has(unit)) context.emit({ type: "journal", unit, lines });
  }
  return found;
}

/** Says what differs although the sync went well. */
function withWarning({ emit }: Context, outcome: Outcome, message: string | undefined): Outcome {
  if (message === undefined) return outcome;
  emit({ type: "warning", message: `${outcome.unit}: ${message}` });
  return { ...outcome, message };
}

interface Seen {
  /** By unit of a service that has ended: how. */
  readonly ended: ReadonlyMap<string, string>;
  /** Instances of which somebody ended a service: it stays down, or systemd has started it again. */
  readonly open: ReadonlySet<string>;
}

function seenOf({ changes }: Plan, { texts }: Inventory, results: JudgedTexts["results"]): Seen {
  const unitOf = (service: string) => changes.find((change) => change.service === service)?.unit ?? "";
  const verdicts = [...results].map(([instance, { verdict }]) => ({ instance, verdict }));
  const ended = verdicts.flatMap(({ verdict }) =>
    verdict.kind === "ended" ? [[unitOf(verdict.service), verdict.message] as const] : [],
  );
  const isNewCount = (name: string) => results.get(name)?.text.from.ms !== texts[name]?.from.ms;
  const open = verdicts.filter(({ instance, verdict }) =>
    verdict.kind === "stopped" ? verdict.by === undefined : verdict.kind === "waits" && isNewCount(instance),
  );
  return { ended: new Map(ended), open: new Set(open.map(({ instance }) => instance)) };
}

/** A start that somebody has ended has not failed: the text is in force. */
function asStarted({ changes }: Plan, outcome: Outcome): Outcome {
  const change = changes.find(({ unit }) => unit === outcome.unit);
  const isStart = change !== undefined && change.action !== "delete" && outcome.outcome === "failed";
  return isStart ? success(change, outcome.durationMs) : outcome;
}
