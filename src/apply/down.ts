import { QuadgateError } from "../model/errors.ts";
import { type ServiceState, serviceOf } from "../model/live.ts";
import type { ApplyInput } from "./context.ts";
import { removeLeftovers } from "./leftovers.ts";

/**
 * Stops a service and removes the containers that it leaves behind, which happens if systemd has forgotten
 * the service. Returns the reason if systemd or podman refuses. Removes nothing of a service that has not
 * stopped. Stops `triggers` in the same transaction, so that they do not start it again.
 */
export async function takeDown(
  input: ApplyInput,
  service: string,
  triggers: readonly string[] = [],
): Promise<string | undefined> {
  const { systemd } = input.host;
  try {
    const state = (await systemd.services([service])).get(service);
    const isLoaded = state?.loadState === "loaded";
    if (!isLoaded && state?.activeState === "deactivating") return `${service} is still stopping`;
    if (isLoaded ? state.activeState !== "inactive" : isEmptyShell(input, state))
      await systemd.stop(service, triggers);
  } catch (error) {
    if (!(error instanceof QuadgateError)) throw error;
    return `${service} was not stopped: ${error.message}`;
  }
  const problem = await removeLeftovers(input, service);
  await systemd.resetFailed(service);
  return problem;
}

/**
 * Whether the service is active, unknown to systemd and without containers. Such a service does not end when
 * its containers are removed: the one of a network has none, and would stay active.
 */
function isEmptyShell({ live }: ApplyInput, state: ServiceState | undefined): boolean {
  if (state?.loadState !== "not-found" || state.activeState !== "active") return false;
  return !live.containers.some((container) => serviceOf(container) === state.name);
}
