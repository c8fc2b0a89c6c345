import { applyPlan } from "../apply/index.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { instanceDigest } from "../plan/index.ts";
import { step } from "../planning/context.ts";
import { hooksOf, judgingRules } from "../planning/desired.ts";
import { earlyChecks } from "../quadlet/early-checks.ts";
import { partsOf } from "../quadlet/jobs.ts";
import { neededBy } from "../quadlet/links.ts";
import { dependencies } from "../quadlet/order.ts";
import { loadedTexts } from "../quadlet/plain-units.ts";
import { begin, rememberFailures } from "../state/index.ts";
import { longestStartMs } from "../verify/index.ts";
import { type BegunTexts, beginTexts } from "./begun-texts.ts";
import { HandOver, type HandOverResult } from "./hand-over.ts";
import { type JudgingFacts, nowOf } from "./in-force-facts.ts";
import { type PassInput, puttingBackIn } from "./pass-input.ts";

/** `begun` has the marks of what was begun. */
export interface ApplyResult extends HandOverResult {
  readonly applied: readonly Outcome[];
  /** By what the texts are judged. */
  readonly judging: JudgingFacts;
}

export async function apply(input: PassInput): Promise<ApplyResult> {
  const { context, signal } = input;
  const { plan, live, effective, folders } = input.hostPlan;
  const timeoutMs = effective.settings.verify.timeout;
  const desired = partsOf({ services: effective.generated.services, units: effective.units, live });
  const loaded = partsOf({ services: loadedTexts(live, context.host.facts), units: [], live });
  const starts = new Map<string, number>();
  const turns = new HandOver(context, input.inventory);
  const inventoryLog = { begin: (changes: readonly Change[]) => beginAll(input, changes, turns) };
  const applied = await step(context, "apply", () =>
    applyPlan({
      host: context.host,
      plan,
      units: effective.units,
      waitsFor: dependencies(effective.generated.services),
      earlyChecks: earlyChecks(effective.generated),
      live,
      isJob: (service) => [desired, loaded].some((partOf) => partOf(service).role === "job"),
      hooks: hooksBefore(input),
      folders,
      inventoryLog,
      emit: context.emit,
      onStart: (service, atMs) => void starts.set(service, atMs),
      startTimeoutMs: timeoutMs,
      longestStartMs: (service) => longestStartMs(context.host, service, timeoutMs),
      signal,
      turns,
    }),
  );
  const judging = { generated: effective.generated, partOf: desired };
  return { applied, judging, ...turns.result(starts) };
}

/** By instance: what runs before an update. Nothing runs in a text that has ended. */
function hooksBefore({ hostPlan, inventory }: PassInput): ReturnType<typeof hooksOf> {
  const all = [...hooksOf(hostPlan.effective.state)];
  return new Map(all.filter(([instance]) => !inventory.due.includes(instance)));
}

/** Writes down what the pass is about to do. */
async function beginAll(input: PassInput, changes: readonly Change[], turns: HandOver): Promise<void> {
  const { context, inventory } = input;
  const puttingBack = puttingBackIn(input);
  const tried = changes.map(({ instance }) => instance).filter((name) => !puttingBack.has(name));
  const texts = beginTexts(inventory, begunTexts(input, changes));
  const begun = rememberFailures(begin(texts, changes, context.host.clock.ticks()), {}, new Set(tried));
  await context.state.writeInventory(begun);
  turns.begin(begun, changes);
}

function begunTexts({ context, hostPlan }: PassInput, changes: readonly Change[]): BegunTexts {
  const { plan, target, effective } = hostPlan;
  const hooks = hooksOf(target.state);
  return {
    changes,
    units: effective.units,
    revision: plan.revision,
    rulesOf: (instance) => judgingRules(effective, instance),
    attemptOf: (instance) => instanceDigest(target.units, instance, hooks),
    needs: neededBy(effective.generated.services),
    puttingBack: effective.putBack ?? new Set(),
    now: nowOf(context),
  };
}
