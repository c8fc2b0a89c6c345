import type { Clock } from "./host.ts";

/** So often a person's wish to end is noticed while nothing else happens. */
const SLICE_MS = 1_000;

/** Waits, at most until somebody aborts. */
export async function pause(
  clock: Pick<Clock, "sleep">,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let left = ms; left > 0 && !signal?.aborted; left -= SLICE_MS)
    await clock.sleep(Math.min(left, SLICE_MS));
}
