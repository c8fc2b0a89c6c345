import { lastOf } from "./argv/podman-call.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import type { Generated } from "./generated.ts";

/**
 * Service to podman's name of its container, where the container has a health check that may be run more often than podman's
 * timer does. Checks run early count as failures too, so a container that podman acts on when it is unhealthy is left to its
 * timer.
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
