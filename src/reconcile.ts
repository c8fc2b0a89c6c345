import { type Context, step } from "./context.ts";
import { type Converged, converge } from "./converge.ts";
import { type Desired, readDesired } from "./desired.ts";
import { judge } from "./gate/index.ts";
import { openState, type State } from "./history/index.ts";
import type { HealthResult } from "./model/health.ts";
import type { Inventory } from "./model/inventory.ts";
import { isEmptyPlan, type Outcome, type Plan, type Verdict } from "./model/plan.ts";
import type { SyncRecord, SyncResult } from "./model/record.ts";
import { mergeSettings } from "./model/settings.ts";
import { digestOf } from "./model/unit.ts";
import { askHealth } from "./observe/health/index.ts";
import { fetchHead } from "./source/index.ts";
import { type Survey, survey } from "./survey.ts";

export interface SyncOptions {
  readonly trigger: string;
  /** A person asked for it: what somebody did to the host is put back too. */
  readonly attended: boolean;
  readonly only?: ReadonlySet<string> | undefined;
  readonly force?: { readonly reason: string } | undefined;
  readonly retry?: boolean;
  readonly allowEmpty?: boolean;
  readonly allowPrune?: boolean;
  /** Asked when the gate holds the plan; true lets exactly this plan through. */
  readonly confirm?: (plan: Plan, verdict: Verdict) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for another sync to end. */
  readonly lockWaitMs: number;
}

export interface SyncReport {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly result: SyncResult;
  readonly outcomes: readonly Outcome[];
  readonly record: SyncRecord;
}

/** One sync: source, manifest, render, observe, plan, gate, apply, verify, record. */
export async function reconcile(context: Context, options: SyncOptions): Promise<SyncReport> {
  const { host } = context;
  const release = await host.lock.acquire(`${host.facts.stateDir}/lock`, { waitMs: options.lockWaitMs });
  try {
    const startedAt = host.clock.now().toISOString();
    const state = openState(host);
    const inventory = await state.readInventory();
    const tree = await step(context, "source", () => fetchHead(host, mergeSettings(context.layers)));
    const desired = await readDesired(context, tree);
    const seen = await survey(context, desired, inventory, { ...options, retry: options.retry === true });
    context.emit({ type: "planned", plan: seen.plan });
    const { verdict, health } = await gate(context, state, { desired, seen, inventory, options });
    const converged = await act(context, state, { desired, seen, inventory, verdict, options });
    const record = makeRecord(context, { startedAt, desired, seen, verdict, health, converged, options });
    await step(context, "record", () => state.appendRecord(record));
    context.emit({ type: "recorded", record });
    return { plan: seen.plan, verdict, result: record.result, outcomes: record.outcomes, record };
  } finally {
    await release();
  }
}

interface Situation {
  readonly desired: Desired;
  readonly seen: Survey;
  readonly inventory: Inventory;
  readonly options: Omit<SyncOptions, "lockWaitMs">;
}

/** Asks for the host's health when there is something to apply, and judges; a person may confirm what is held. */
export async function gate(
  context: Context,
  state: State,
  { desired, seen, inventory, options }: Situation,
): Promise<{ verdict: Verdict; health: HealthResult | null }> {
  const { host } = context;
  const { plan, live } = seen;
  return step(context, "gate", async () => {
    const health = isEmptyPlan(plan) ? null : await askHealth(host, desired.settings.health);
    const input = {
      plan,
      inventory,
      files: new Map([...live.files].map(([name, file]) => [name, { digest: digestOf(file.content) }])),
      health,
      settings: { ...desired.settings.gate, prune: desired.settings.prune },
      instanceGates: new Map(
        desired.state.instances.flatMap((one) =>
          one.kind === "pattern" && one.spec.gate ? [[one.name, one.spec.gate] as const] : [],
        ),
      ),
      approval: await state.readApproval(),
      verified: await state.verifiedDigests(),
      force: options.force ?? null,
      allowEmpty: options.allowEmpty === true,
      allowPrune: options.allowPrune === true,
      now: host.clock.now().toISOString(),
    };
    let verdict = judge(input);
    if (verdict.state === "held" && (await options.confirm?.(plan, verdict))) {
      verdict = judge({ ...input, approval: { digest: plan.digest, expiresAt: "9999-12-31T00:00:00Z" } });
    }
    context.emit({ type: "judged", verdict });
    return { verdict, health };
  });
}

type Acted = Converged & { readonly result: SyncResult };

async function act(
  context: Context,
  state: State,
  { desired, seen, inventory, verdict, options }: Situation & { verdict: Verdict },
): Promise<Acted> {
  const idle = { outcomes: [], failed: new Map(), rolledBack: new Set<string>() };
  if (verdict.state !== "open") {
    const { digest, revision, summary } = seen.plan;
    const at = context.host.clock.now().toISOString();
    if (verdict.state === "held")
      await state.writeHeld({ digest, revision, summary, reasons: verdict.reasons, at });
    return { ...idle, inventory, result: verdict.state };
  }
  const previous = inventory.generation === null ? [] : await state.readGeneration(inventory.generation);
  const done = await converge({
    context,
    state,
    desired,
    survey: seen,
    inventory,
    previous,
    signal: options.signal,
  });
  await state.clearApproval();
  const complete = done.failed.size === 0 && seen.plan.frozen.size === 0 && options.only === undefined;
  const inventoryNow = complete ? { ...done.inventory, appliedRevision: desired.revision } : done.inventory;
  if (complete && done.inventory.appliedRevision !== desired.revision)
    await state.writeInventory(inventoryNow);
  return { ...done, inventory: inventoryNow, result: resultOf(seen.plan, done) };
}

function resultOf(plan: Plan, done: Converged): SyncResult {
  if (done.failed.size > 0) return done.rolledBack.size === done.failed.size ? "rolled-back" : "failed";
  return isEmptyPlan(plan) ? "in-sync" : "applied";
}

function makeRecord(
  context: Context,
  parts: {
    startedAt: string;
    desired: Desired;
    seen: Survey;
    verdict: Verdict;
    health: HealthResult | null;
    converged: Acted;
    options: SyncOptions;
  },
): SyncRecord {
  const { startedAt, desired, seen, verdict, health, converged, options } = parts;
  return {
    schemaVersion: 1,
    id: digestOf(`${startedAt}${seen.plan.digest}`).slice(0, 12),
    startedAt,
    finishedAt: context.host.clock.now().toISOString(),
    trigger: options.trigger,
    host: context.host.facts.name,
    revision: desired.revision,
    appliedRevision: converged.inventory.appliedRevision,
    planDigest: seen.plan.digest,
    result: converged.result,
    score: verdict.score,
    band: verdict.band,
    reasons: verdict.reasons,
    ...(options.force ? { forced: options.force.reason } : {}),
    summary: seen.plan.summary,
    outcomes: converged.outcomes,
    count: 1,
    ...(health?.ok ? { health: health.report } : {}),
  };
}
