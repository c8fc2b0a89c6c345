import { QuadgateError } from "../model/errors.ts";
import type { ApplyInput } from "./context.ts";
import { ALL_TURNS, TakenOver } from "./turns.ts";

/**
 * Starts or restarts a service and waits until it is up. If it is still starting after `verify.timeout`, its
 * own limits may give it longer: they are known only once it has begun. Others may have their turn while it
 * only waits; throws TakenOver if they took the instance over.
 */
export async function comeUp(
  { host, startTimeoutMs, longestStartMs, turns = ALL_TURNS }: ApplyInput,
  verb: "start" | "restart",
  start: { readonly instance: string; readonly service: string },
): Promise<void> {
  const { systemd, clock } = host;
  const { service } = start;
  const began = clock.ticks();
  const spent = () => clock.ticks() - began;
  try {
    await turns.wait(start, systemd[verb](service, startTimeoutMs));
  } catch (error) {
    if (error instanceof TakenOver || spent() < startTimeoutMs) throw error;
    const longest = await longestStartMs(service);
    if (longest <= spent()) throw error;
    // systemd goes on with the job, and another start waits for that one.
    await turns.wait(start, systemd.start(service, longest - spent())).catch((later: unknown) => {
      if (later instanceof TakenOver || spent() < longest) throw later;
      throw new QuadgateError("command-failed", `not up within ${Math.round(longest / 1_000)} s`);
    });
  }
}
