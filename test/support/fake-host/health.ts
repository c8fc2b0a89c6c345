import type { FakeContainer } from "./container.ts";
import { endContainer } from "./ending.ts";
import { startIsUp } from "./jobs.ts";
import { tell } from "./journal.ts";
import type { World } from "./world.ts";

const CHECKS_KEPT = 5;

/** Runs a container's health check now: podman's timer, or somebody else (a probe). */
export function check(world: World, container: FakeContainer, isProbe = true): boolean {
  const age = world.clock.steady - container.startedAt;
  const { healthyAfterMs, sickAfterMs } = container;
  const passed =
    healthyAfterMs !== null && age >= healthyAfterMs && (sickAfterMs === undefined || age < sickAfterMs);
  container.checks = [...container.checks, { on: world.clock.now().toISOString(), passed }].slice(
    -CHECKS_KEPT,
  );
  if (passed) {
    container.health = "healthy";
    container.failingStreak = 0;
  } else if (age >= container.startPeriodMs || container.health !== "starting") {
    container.failingStreak += 1;
    if (container.failingStreak >= container.retries) container.health = "unhealthy";
  }
  tell(world, container, "health_status", { health: container.health, isProbe });
  if (passed) startIsUp(world, container);
  else if (container.health === "unhealthy") onFailure(world, container);
  return passed;
}

function onFailure(world: World, container: FakeContainer): void {
  if (container.onFailure === "kill") {
    tell(world, container, "kill");
    endContainer(world, container, 137);
  }
  if (container.onFailure === "stop") endContainer(world, container, 0);
}

/** podman's timer has fired. */
export function checkByTimer(world: World, container: FakeContainer): void {
  container.nextCheckAt = world.clock.steady + container.intervalMs;
  check(world, container, false);
}
