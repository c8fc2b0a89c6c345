import type { BringOptions, Host } from "../model/host.ts";
import type { ImageNeed } from "../model/image-need.ts";

/** The pauses before the second and the third attempt. podman itself tries each three times more. */
const PAUSES_MS = [2_000, 8_000];

/** Answers that another attempt right away would get again. */
const LASTING = new RegExp(
  [
    "(manifest|name) unknown|name not known|not found|no image found|no such file|invalid reference",
    "unauthorized|denied|authentication required|unsupported|no space left",
    "gave HTTP response to HTTPS client|certificate",
  ].join("|"),
  "i",
);

/**
 * Pulls or builds an image, and tries again if what failed may pass. Resolves with undefined if the image is
 * there, else with the last error. The time limit is that of all attempts together.
 */
export async function bringWithAttempts(
  { podman, clock }: Pick<Host, "podman" | "clock">,
  need: ImageNeed,
  { timeoutMs, signal, onProgress }: BringOptions,
): Promise<string | undefined> {
  const deadline = clock.ticks() + timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    const left = Math.max(1, deadline - clock.ticks());
    const problem = await podman.bringImage(need, { timeoutMs: left, signal, onProgress });
    const pause = PAUSES_MS[attempt];
    if (problem === undefined || pause === undefined || signal?.aborted) return problem;
    // A build that fails would fail again. For an image that is here, podman asks once and then takes that.
    if (need.how === "build" || need.optional || LASTING.test(problem) || clock.ticks() + pause >= deadline)
      return problem;
    await Promise.race([clock.sleep(pause), aborted(signal)]);
    if (signal?.aborted) return problem;
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}
