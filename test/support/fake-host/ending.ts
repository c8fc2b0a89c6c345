import type { FakeContainer } from "./container.ts";
import { failStart, scheduleRestart } from "./jobs.ts";
import { log, tell } from "./journal.ts";
import { finishJob, stopServices, unitOf } from "./stopping.ts";
import type { Run, World } from "./world.ts";

/** How long podman takes to stop a pod once its last member has ended. */
const POD_STOP_MS = 20;

/** A container's program has ended: podman removes the container, and systemd looks at its service. */
export function endContainer(world: World, container: FakeContainer, status: number): void {
  tell(world, container, "died", { exitStatus: status });
  tell(world, container, "remove");
  world.removeContainer(container);
  const infra = emptyPodOf(world, container);
  if (infra === undefined) lookAtService(world, container, status);
  else
    world.in(POD_STOP_MS, () => {
      // systemd may hear of the pod first, and then stops the member for its sake.
      if (world.contents.containers.includes(infra)) endContainer(world, infra, 0);
      lookAtService(world, container, status);
    });
}

function lookAtService(world: World, { service }: FakeContainer, status: number): void {
  const run = world.contents.runs.get(service);
  if (run !== undefined && run.mainPid !== undefined && run.mainPid !== 0)
    mainEnded(world, service, run, status);
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

/** A pod stops with the last of its members: its infra container, if this was the last. */
function emptyPodOf(world: World, { inspect }: FakeContainer): FakeContainer | undefined {
  const { containers } = world.contents;
  if (typeof inspect.Pod !== "string" || inspect.Pod === "" || inspect.IsInfra === true) return undefined;
  const left = containers.filter((one) => one.inspect.Pod === inspect.Pod && one.status === "running");
  const [infra] = left.filter((one) => one.inspect.IsInfra === true);
  return left.length === 1 ? infra : undefined;
}
