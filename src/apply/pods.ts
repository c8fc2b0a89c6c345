import { QuadgateError } from "../model/errors.ts";
import { plainKindOf } from "../model/plain-unit.ts";
import type { Change } from "../model/plan.ts";
import { unitKindOf } from "../model/unit.ts";
import { comeUp } from "./come-up.ts";
import type { ApplyInput } from "./context.ts";
import { removeOldPods } from "./leftovers.ts";
import { restartSocket } from "./sockets.ts";

/** The pause between two looks at a pod that ends. */
const ENDING_POLL_MS = 100;

/** The service of the pod that a change's container is in. */
function podOf({ plan, waitsFor }: ApplyInput, { service }: Change): string | undefined {
  const needed = waitsFor.get(service ?? "");
  if (needed === undefined) return undefined;
  const pod = plan.changes.find(
    (other) => unitKindOf(other.unit) === "pod" && other.service !== null && needed.has(other.service),
  );
  return pod?.service ?? undefined;
}

/**
 * Does something for each change, all at once, but one after the other for the containers of one pod, because
 * the pod ends while all of them are down. The results are in the order of the changes.
 */
export async function byPod<T>(
  input: ApplyInput,
  changes: readonly Change[],
  todo: (change: Change) => T | Promise<T>,
): Promise<readonly T[]> {
  const last = new Map<string, Promise<unknown>>();
  const results = changes.map((change) => {
    const pod = podOf(input, change);
    const before = pod === undefined ? undefined : last.get(pod);
    const result = before === undefined ? Promise.resolve(todo(change)) : before.then(() => todo(change));
    if (pod !== undefined) last.set(pod, result);
    return result;
  });
  return Promise.all(results);
}

/**
 * Restarts a service. A service that restarted with its pod in this sync is only started: a restart would
 * stop it while it starts, and the pod ends with its last container. For the same reason one command cannot
 * restart a pod's only container: systemd finds the pod gone and gives up. If asked again, it starts both.
 */
export async function bringUp(input: ApplyInput, change: Change): Promise<void> {
  const { systemd } = input.host;
  const service = change.service ?? "";
  const started = { instance: change.instance, service };
  const kind = plainKindOf(change.unit);
  if (kind === "socket") return restartSocket(input, change);
  // Another start is enough: it starts what the target wants and what is down.
  if (kind === "target") return comeUp(input, "start", started);
  const pod = podOf(input, change);
  if (pod !== undefined && (await hasBegunWith(input, pod, service))) {
    return comeUp(input, "start", started);
  }
  try {
    await comeUp(input, "restart", started);
    if (unitKindOf(change.unit) === "kube") await removeOldPods(input, service);
  } catch (error) {
    if (pod === undefined || !(error instanceof QuadgateError) || !(await hasEnded(input, pod))) throw error;
    await systemd.resetFailed(pod);
    await comeUp(input, "start", started);
  }
}

/**
 * Whether a pod is down because its last container was. Waits while it ends: if asked to start it before,
 * systemd tries so often that it reaches the limit of starts.
 */
async function hasEnded({ host, startTimeoutMs }: ApplyInput, pod: string): Promise<boolean> {
  const deadlineMs = host.clock.ticks() + startTimeoutMs;
  for (;;) {
    const state = (await host.systemd.services([pod])).get(pod);
    if (state?.activeState !== "deactivating" || host.clock.ticks() >= deadlineMs)
      return state?.activeState === "inactive" || state?.result === "start-limit-hit";
    await host.clock.sleep(ENDING_POLL_MS);
  }
}

/** Whether a service and its pod have both restarted since this sync looked at the host. */
async function hasBegunWith({ host, live }: ApplyInput, pod: string, service: string): Promise<boolean> {
  const now = await host.systemd.services([pod, service]);
  return [pod, service].every((name) => {
    const state = now.get(name);
    const isUp = state?.activeState === "active" || state?.activeState === "activating";
    return isUp && state?.invocationId !== live.services.get(name)?.invocationId;
  });
}
