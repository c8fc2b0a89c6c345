import { QuadgateError } from "../model/errors.ts";
import type { ApplyInput } from "./context.ts";

/**
 * Starts or restarts a service and waits until it is up. If it is still starting after `verify.timeout`, its
 * own limits may give it longer: they are known only once it has begun.
 */
export async function comeUp(
  { host, startTimeoutMs, longestStartMs }: ApplyInput,
  verb: "start" | "restart",
  service: string,
): Promise<void> {
  const { systemd, clock } = host;
  const began = clock.ticks();
  const spent = () => clock.ticks() - began;
  try {
    await systemd[verb](service, startTimeoutMs);
  } catch (error) {
    if (spent() < startTimeoutMs) throw error;
    const longest = await longestStartMs(service);
    if (longest <= spent()) throw error;
    // systemd goes on with the job, and another start waits for that one.
    await systemd.start(service, longest - spent()).catch((later: unknown) => {
      if (spent() < longest) throw later;
      throw new QuadgateError("command-failed", `not up within ${Math.round(longest / 1_000)} s`);
    });
  }
}
