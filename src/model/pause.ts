import type { Clock } from "./host.ts";

/** How often quadgate checks for a person's request to stop while nothing else happens. */
const SLICE_MS = 1_000;

/** Waits, but no longer than until the signal is aborted. */
export async function pause(
  clock: Pick<Clock, "sleep">,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let left = ms; left > 0 && !signal?.aborted; left -= SLICE_MS)
    await clock.sleep(Math.min(left, SLICE_MS));
}
