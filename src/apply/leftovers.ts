import { QuadgateError } from "../model/errors.ts";
import { at, type Json, serviceOf, textAt } from "../model/live.ts";
import type { ApplyInput } from "./context.ts";

/**
 * Removes the containers that a service has left behind, as one does that systemd has forgotten; of a pod's service the
 * pod. Says why where podman would not.
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
    const message = `what ${service} has left behind stays: ${error.message}`;
    emit({ type: "warning", message });
    return message;
  }
}

/** The container that podman makes for a pod, which only the pod's removal removes. */
function holdsPod(container: Json): boolean {
  return at(container, "IsInfra") === true && textAt(container, "Pod") !== "";
}
