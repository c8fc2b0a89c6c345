import { lastOf } from "./argv/podman-call.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import type { Generated } from "./generated.ts";

/**
 * Maps each service to podman's name of its container, if quadgate may run the container's health check more
 * often than podman's timer does. An early check can count as a failure. So if podman acts on an unhealthy
 * container, only the timer runs its check.
 */
export function earlyChecks(generated: Generated): ReadonlyMap<string, string> {
  const found = [...generated.services.values()].flatMap(({ service, call }) => {
    if (call?.subcommand !== "run") return [];
    const { flags } = call;
    const name = lastOf(flags, "name") ?? "";
    const isChecked = (lastOf(flags, "health-cmd") ?? "none") !== "none";
    const isLeft = (lastOf(flags, "health-on-failure") ?? "none") === "none";
    return isChecked && isLeft && name !== "" && !isUnknown(name) ? [[service, name] as const] : [];
  });
  return new Map(found);
}
