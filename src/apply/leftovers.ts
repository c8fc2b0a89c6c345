import { QuadgateError } from "../model/errors.ts";
import { at, type Json, serviceOf, textAt } from "../model/live.ts";
import type { ApplyInput } from "./context.ts";

/** How often quadgate tries to remove a pod whose containers have just been killed, and the pause between. */
const POD_TRIES = 3;
const POD_PAUSE_MS = 500;

/**
 * Removes the containers that a service left behind, which happens if systemd has forgotten the service. For
 * the service of a pod, removes the pod. Returns the reason if podman refuses.
 */
export async function removeLeftovers(
  { host, live, emit }: ApplyInput,
  service: string,
): Promise<string | undefined> {
  try {
    const own = live.containers.filter((one) => serviceOf(one) === service);
    // podman removes the container that stands for a `.kube` only once its pods are gone.
    for (const container of own.toSorted((a, b) => Number(holdsPod(b)) - Number(holdsPod(a)))) {
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

/**
 * Removes the pods that a `.kube` unit has played before this sync and that are still there after its
 * restart. systemd stops the service by the YAML of now, and podman knows a pod by its name alone: those that
 * the YAML calls otherwise, or has no more, would run on beside the new ones, and be a difference after each
 * restart.
 */
export async function removeOldPods(input: ApplyInput, service: string): Promise<void> {
  const { host, live, emit } = input;
  const played = live.containers.filter((one) => serviceOf(one) === service && holdsPod(one));
  if (played.length === 0) return;
  const left = new Set((await host.podman.listed()).map(({ id }) => id));
  for (const infra of played.filter((one) => left.has(textAt(one, "Id")))) {
    const pod = textAt(infra, "Pod");
    const problem = await removePodAgain(host, pod);
    const what = `pod ${pod.slice(0, 12)}, which ${service} played before`;
    const message = problem === undefined ? `removed ${what}` : `${what}, was not removed: ${problem}`;
    emit({ type: "warning", message });
  }
}

/** systemd has killed podman's monitors of the containers, which podman notes as it fails to remove it. */
async function removePodAgain(
  { podman, clock }: ApplyInput["host"],
  pod: string,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await podman.removePod(pod);
      return undefined;
    } catch (error) {
      if (!(error instanceof QuadgateError)) throw error;
      if (attempt === POD_TRIES) return error.message;
      await clock.sleep(POD_PAUSE_MS);
    }
  }
}

/** Whether it is the container that podman makes for a pod, which podman removes only with the pod itself. */
function holdsPod(container: Json): boolean {
  return at(container, "IsInfra") === true && textAt(container, "Pod") !== "";
}
