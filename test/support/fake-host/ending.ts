import type { FakeContainer } from "./container.ts";
import { failStart, scheduleRestart } from "./jobs.ts";
import { log, tell } from "./journal.ts";
import { finishJob, stopServices, unitOf } from "./stopping.ts";
import type { Run, World } from "./world.ts";

/** A container's program has ended: podman removes the container, and systemd looks at its service. */
export function endContainer(world: World, container: FakeContainer, status: number): void {
  tell(world, container, "died");
  tell(world, container, "remove");
  world.removeContainer(container);
  leavePod(world, container);
  const run = world.contents.runs.get(container.service);
  if (run !== undefined && run.mainPid !== undefined && run.mainPid !== 0)
    mainEnded(world, container.service, run, status);
}

function mainEnded(world: World, service: string, run: Run, status: number): void {
  const unit = unitOf(world, service);
  run.mainPid = 0;
  run.execStatus = status;
  if (status !== 0) log(world, service, "exited");
  if (run.active === "activating") {
    if (unit?.oneshot && status === 0) endOneshot(world, service, run, unit.remains);
    else failStart(world, service, status === 0 ? "protocol" : "exit-code");
    return;
  }
  const result = status === 0 ? "success" : "exit-code";
  run.result = result;
  run.inactiveSince = world.clock.steady;
  if (status !== 0) log(world, service, "failed", { result });
  else if (!world.facts.rootless) log(world, service, "succeeded");
  Object.assign(
    run,
    status === 0 ? { active: "inactive", sub: "dead" } : { active: "failed", sub: "failed" },
  );
  scheduleRestart(world, service, status === 0);
  stopServices(world, boundTo(world, service), "stop");
}

/** A oneshot's start is its whole run. */
function endOneshot(world: World, service: string, run: Run, remains: boolean): void {
  const now = world.clock.steady;
  run.result = "success";
  if (remains) Object.assign(run, { active: "active", sub: "exited", activeSince: now });
  else Object.assign(run, { active: "inactive", sub: "dead", inactiveSince: now });
  log(world, service, "started", { job: "start", result: "done" });
  finishJob(world, run);
}

function boundTo(world: World, service: string): readonly string[] {
  return [...world.contents.loaded.keys()].filter((name) => unitOf(world, name)?.bindsTo.includes(service));
}

/** A pod stops with the last of its members. */
function leavePod(world: World, { inspect }: FakeContainer): void {
  const { containers } = world.contents;
  if (typeof inspect.Pod !== "string" || inspect.Pod === "" || inspect.IsInfra === true) return;
  const left = containers.filter((one) => one.inspect.Pod === inspect.Pod && one.status === "running");
  const [infra] = left.filter((one) => one.inspect.IsInfra === true);
  if (infra !== undefined && left.length === 1) endContainer(world, infra, 0);
}
