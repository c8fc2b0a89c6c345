import type { Host } from "../model/host.ts";
import { serviceOf } from "../model/live.ts";
import { startDeadlineMs } from "./health.ts";

/** How long a service that is starting now may take in all, in milliseconds; 0 if it is not starting. */
export async function longestStartMs(
  { systemd, podman }: Pick<Host, "systemd" | "podman">,
  service: string,
  timeoutMs: number,
): Promise<number> {
  const [states, containers] = await Promise.all([systemd.services([service]), podman.containers()]);
  const state = states.get(service);
  if (!state?.job) return 0;
  return startDeadlineMs(
    containers.filter((one) => serviceOf(one) === service),
    state,
    timeoutMs,
  );
}
