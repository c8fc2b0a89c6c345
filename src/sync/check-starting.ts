import type { Inventory } from "../model/inventory.ts";
import { type Json, textAt } from "../model/live.ts";
import type { Context } from "../planning/context.ts";
import { containersOf } from "../verify/index.ts";

/**
 * Runs the health checks of instances that are starting, because podman's own timer waits a whole interval.
 * Not if podman acts on a failed check, because a check uses up a retry; so do not ask for what has been up.
 */
export async function checkStarting(
  { host }: Pick<Context, "host">,
  { units }: Pick<Inventory, "units">,
  starting: readonly string[],
): Promise<void> {
  if (starting.length === 0) return;
  const owned = Object.values(units).filter(({ instance }) => starting.includes(instance));
  const services = new Set(owned.flatMap(({ service }) => service ?? []));
  const due = (await containersOf(host, services)).filter(isDue);
  await Promise.all(due.map((one) => host.podman.healthcheck(textAt(one, "Name"))));
}

function isDue(container: Json): boolean {
  const health = textAt(container, "State", "Health", "Status");
  const acts = textAt(container, "Config", "HealthcheckOnFailureAction");
  return health !== "" && health !== "healthy" && (acts === "" || acts === "none");
}

/** Instances with a fresh text of which no run has been seen up. */
export function startingTexts({ texts }: Pick<Inventory, "texts">): readonly string[] {
  return Object.entries(texts).flatMap(([name, { state, runs }]) =>
    state === "fresh" && Object.values(runs).every(({ goodMs }) => goodMs === undefined) ? [name] : [],
  );
}
