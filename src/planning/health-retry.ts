import type { HealthLook } from "../model/health.ts";
import { pause } from "../model/pause.ts";
import type { ReasonCode } from "../model/reasons.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { Context } from "./context.ts";
import type { Judgement } from "./judgement.ts";
import { withoutLock } from "./without-lock.ts";

/**
 * Reasons that another look at the host's health may change. If another reason keeps a plan back, waiting is
 * useless.
 */
const ABOUT_HEALTH: ReadonlySet<string> = new Set<ReasonCode>([
  "health-in-confirm-band",
  "health-below-block",
  "report-missing",
  "report-stale",
  "report-invalid",
  "health-command-timeout",
  "health-command-failed",
  "host-finding",
  "gate-looser-ignored",
]);

export interface HealthRetryOptions {
  readonly retry: Settings["gate"]["retry"];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at the host's health. While only health keeps the plan back, looks again, at most `retry.attempts`
 * times in all. A burst of load, such as that of the last sync, passes. The judgement lists every look.
 */
export async function retryWhileUnhealthy(
  context: Context,
  look: () => Promise<Judgement>,
  { retry, signal }: HealthRetryOptions,
): Promise<Judgement> {
  const looks: HealthLook[] = [];
  for (;;) {
    const judgement = await look();
    looks.push({ at: context.host.clock.now().toISOString(), score: judgement.verdict.score });
    const judged = looks.length > 1 ? { ...judgement, looks, waited: true } : judgement;
    if (looks.length >= retry.attempts || signal?.aborted || !mayPass(judgement)) return judged;
    const message = judgement.verdict.reasons[0]?.message ?? "the host is not healthy enough";
    context.emit({ type: "looked", message, look: looks.length, of: retry.attempts, waitMs: retry.wait });
    await withoutLock(context, () => pause(context.host.clock, retry.wait, signal));
    if (signal?.aborted) return judged;
  }
}

function mayPass({ verdict }: Judgement): boolean {
  return verdict.state !== "open" && verdict.reasons.every(({ code }) => ABOUT_HEALTH.has(code));
}
