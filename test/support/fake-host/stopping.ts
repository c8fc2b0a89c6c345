import { CommandError } from "../../../src/model/errors.ts";
import { log, tell } from "./journal.ts";
import { type LoadedUnit, loadUnit } from "./loaded-unit.ts";
import { downOf } from "./play-kube.ts";
import type { Run, World } from "./world.ts";

/** A service as systemd has it loaded. */
export function unitOf(world: World, service: string): LoadedUnit | undefined {
  const text = world.contents.loaded.get(service);
  return text === undefined ? undefined : loadUnit(service, text, world.facts);
}

export function failed(verb: string, service: string, why: string, exitCode = 1): CommandError {
  return new CommandError(`systemctl ${verb} ${service}`, exitCode, why);
}

export function isUp(world: World, service: string): boolean {
  const run = world.contents.runs.get(service);
  return run?.active === "active" || (run?.active === "activating" && run.sub !== "auto-restart");
}

export function finishJob(world: World, run: Run, error?: Error): void {
  const { job } = run;
  if (job === undefined) return;
  run.job = undefined;
  run.deadline = undefined;
  world.waiters.get(job.id)?.(error);
  world.waiters.delete(job.id);
}

/** Stops services in this order, each if it is up. */
export function stopServices(world: World, services: readonly string[], job: "stop" | "restart"): void {
  for (const service of services) {
    const further = dependants(world, service);
    for (const name of [...further, service]) halt(world, name, job);
  }
}

/** With ExecStop known the container goes; a forgotten unit leaves it behind. */
function halt(world: World, service: string, job: "stop" | "restart"): void {
  const run = world.runOf(service);
  const wasUp = run.active !== "inactive" && run.active !== "failed";
  const canceled = failed("restart", service, `Job for ${service} canceled.`);
  if (wasUp && run.sub !== "auto-restart") log(world, service, "stopping", { job: "stop" });
  run.mainPid = 0;
  dropContainers(world, service);
  if (wasUp) {
    if (!world.facts.rootless && run.sub !== "auto-restart") log(world, service, "succeeded");
    log(world, service, "stopped", { job, result: "done" });
    run.inactiveSince = world.clock.steady;
  }
  Object.assign(run, { active: "inactive", sub: "dead", restartAt: undefined, isAgain: false });
  // A restart takes over the job of a start that is under way; a stop cancels it.
  if (job === "restart" && run.job !== undefined) run.job.waits = true;
  else finishJob(world, run, canceled);
  if (unitOf(world, service) === undefined) world.contents.runs.delete(service);
}

export function dropContainers(world: World, service: string): void {
  const unit = unitOf(world, service);
  const isDown = unit?.call?.subcommand === "kube play" ? downOf(world, unit.call) : () => true;
  for (const container of world.contents.containers.filter((one) => one.service === service && isDown(one))) {
    if (container.status === "running") tell(world, container, "died");
    if (unit !== undefined) {
      tell(world, container, "remove");
      world.removeContainer(container);
    } else container.status = "exited";
  }
}

/** What a stop or restart of a service takes along, the farthest first. */
export function dependants(world: World, service: string): readonly string[] {
  const found: string[] = [];
  const collect = (name: string) => {
    for (const other of world.contents.loaded.keys()) {
      const unit = unitOf(world, other);
      if (unit === undefined || found.includes(other)) continue;
      if (![...unit.requires, ...unit.partOf].includes(name)) continue;
      found.push(other);
      collect(other);
    }
  };
  collect(service);
  return found.reverse();
}
