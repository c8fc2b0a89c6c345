import { QuadgateError } from "../model/errors.ts";
import { at, type Json, serviceOf, textAt } from "../model/live.ts";
import type { ApplyInput } from "./context.ts";

/**
 * Removes the containers that a service left behind, which happens if systemd has forgotten the service. For
 * the service of a pod, removes the pod. Returns the reason if podman refuses.
 */
export async function removeLeftovers(
  { host, live, emit }: ApplyInput,
  service: string,
): Promise<string | undefined> {
  try {
    for (const container of live.containers.filter((one) => serviceOf(one) === service)) {
      if (holdsPod(container)) await host.podman.removePod(textAt(container, "Pod"));
      else await host.podman.removeContainer(textAt(container, "Name"));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof QuadgateError)) throw error;
    const message = `cannot remove what ${service} left behind: ${error.message}`;
    emit({ type: "warning", message });
    return message;
  }
}

/** Whether it is the container that podman makes for a pod, which podman removes only with the pod itself. */
function holdsPod(container: Json): boolean {
  return at(container, "IsInfra") === true && textAt(container, "Pod") !== "";
}
