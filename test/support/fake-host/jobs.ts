import { type PlainKind, plainKindOf } from "../../../src/model/plain-unit.ts";
import type { FakeContainer } from "./container.ts";
import { log } from "./journal.ts";
import type { LoadedUnit } from "./loaded-unit.ts";
import { createObject } from "./objects.ts";
import { playKube } from "./play-kube.ts";
import { createPod } from "./pods.ts";
import { runContainer } from "./run-container.ts";
import { dependants, dropContainers, failed, finishJob, isUp, stopServices, unitOf } from "./stopping.ts";
import type { Run, World } from "./world.ts";

/** What units other than services are once they have started. */
const WAITING: Readonly<Partial<Record<PlainKind, string>>> = {
  timer: "waiting",
  socket: "listening",
  path: "waiting",
  target: "active",
};

/** Asks for a start, and for that of what it needs. Gives the job, or undefined if the service is up. */
export function askForStart(world: World, service: string): number | undefined {
  const unit = unitOf(world, service);
  if (world.contents.masked.has(service)) throw failed("restart", service, `Unit ${service} is masked.`);
  if (unit === undefined) throw failed("restart", service, `Unit ${service} not found.`, 5);
  const lost = [...unit.requires, ...unit.bindsTo].find((name) => isLost(world, name));
  if (lost !== undefined) throw failed("restart", service, `Unit ${lost} not found.`, 5);
  const run = world.runOf(service);
  if (run.job !== undefined) return run.job.id;
  if (isUp(world, service)) return undefined;
  world.contents.jobs += 1;
  const job = { id: world.contents.jobs, type: "start" as const, waits: true };
  Object.assign(run, { job, restartAt: undefined });
  if (run.sub === "auto-restart") Object.assign(run, { active: "inactive", sub: "dead" });
  for (const name of [...unit.wants, ...unit.requires]) {
    if (unitOf(world, name) === undefined || world.contents.masked.has(name)) continue;
    askForStart(world, name);
  }
  return job.id;
}

/** Whether a service that another one requires does not exist. Only services are known here. */
function isLost(world: World, name: string): boolean {
  return name.endsWith(".service") && unitOf(world, name) === undefined;
}

/** Begins the jobs that need to wait no longer. */
export function runQueue(world: World): void {
  for (let more = true; more; ) {
    more = false;
    for (const [service, run] of [...world.contents.runs]) {
      const unit = unitOf(world, service);
      if (run.job?.waits !== true) continue;
      if (unit?.after.some((name) => world.contents.runs.get(name)?.job !== undefined)) continue;
      more = true;
      run.job.waits = false;
      if (unit === undefined) finishJob(world, run, failed("restart", service, "canceled"));
      else begin(world, unit, run);
    }
  }
}

function begin(world: World, unit: LoadedUnit, run: Run): void {
  const { service } = unit;
  const isMissing = (name: string) =>
    unitOf(world, name) !== undefined && !isUp(world, name) && unit.after.includes(name);
  // A job to start a oneshot has ended well although the service is down again.
  const hasEnded = (name: string) =>
    unitOf(world, name)?.oneshot === true && world.contents.runs.get(name)?.result === "success";
  const lacks = unit.requires.some((name) => isMissing(name) && !hasEnded(name));
  if (lacks || unit.bindsTo.some(isMissing)) {
    Object.assign(run, { active: "inactive", sub: "dead", result: "dependency" });
    log(world, service, "start-failed", { job: "start", result: "dependency" });
    finishJob(world, run, failed("restart", service, `A dependency job for ${service} failed.`));
    return;
  }
  if (isOverLimit(world, unit, run)) {
    Object.assign(run, { active: "failed", sub: "failed", result: "start-limit-hit" });
    log(world, service, "failed", { result: "start-limit-hit" });
    log(world, service, "start-failed", { job: "start", result: "failed" });
    finishJob(world, run, failed("restart", service, "Start request repeated too quickly."));
    return;
  }
  const now = world.clock.steady;
  run.invocation += 1;
  Object.assign(run, {
    active: "activating",
    sub: "start",
    result: "success",
    startedAt: run.isAgain ? run.startedAt : now,
    isAgain: false,
    deadline: now + unit.startTimeoutMs,
    execStatus: undefined,
  });
  log(world, service, "starting", { job: "start" });
  execute(world, unit, run);
}

/** systemd counts every start, whoever asks for it. */
function isOverLimit(world: World, { startLimit }: LoadedUnit, run: Run): boolean {
  const now = world.clock.steady;
  const recent = (run.starts ?? []).filter((at) => at > now - startLimit.intervalMs);
  run.starts = [...recent, now];
  return startLimit.burst > 0 && recent.length >= startLimit.burst;
}

function execute(world: World, unit: LoadedUnit, run: Run): void {
  const { service, call } = unit;
  const waits = WAITING[plainKindOf(service) ?? "service"];
  if (waits !== undefined) {
    up(world, service, run, waits);
    return;
  }
  let container: FakeContainer | undefined;
  try {
    if (unit.pod !== undefined) container = createPod(world, unit.pod, service);
    else if (call?.subcommand === "run") container = runContainer(world, unit, call);
    else if (call?.subcommand === "kube play") container = playKube(world, unit, call);
    else if (call) createObject(world, call);
  } catch {
    run.execStatus = 125;
    log(world, service, "exited");
    failStart(world, service, "exit-code");
    return;
  }
  if (container === undefined) {
    up(world, service, run, "exited");
    return;
  }
  run.mainPid = 1_000 + world.contents.count;
  run.mainStartedAt = world.clock.steady;
  if (unit.oneshot) return;
  if (!unit.waitsForHealth || container.health === "healthy") up(world, service, run, "running");
}

function up(world: World, service: string, run: Run, sub: string): void {
  Object.assign(run, { active: "active", sub, activeSince: world.clock.steady, deadline: undefined });
  log(world, service, "started", { job: "start", result: "done" });
  finishJob(world, run);
}

/** The check has passed that a start waits for. */
export function startIsUp(world: World, container: FakeContainer): void {
  const run = world.contents.runs.get(container.service);
  const unit = unitOf(world, container.service);
  if (run?.active === "activating" && run.sub === "start" && unit?.waitsForHealth)
    up(world, container.service, run, "running");
}

/** A start does not succeed. systemd may try again. */
export function failStart(world: World, service: string, result: string): void {
  const run = world.runOf(service);
  dropContainers(world, service);
  Object.assign(run, { active: "failed", sub: "failed", result, mainPid: 0, deadline: undefined });
  run.inactiveSince = world.clock.steady;
  log(world, service, "failed", { result });
  if (run.job !== undefined) log(world, service, "start-failed", { job: "start", result: "failed" });
  const why =
    result === "timeout"
      ? `Job for ${service} failed because a timeout was exceeded.`
      : `Job for ${service} failed because the control process exited with error code.`;
  const error = failed("restart", service, why);
  scheduleRestart(world, service, false);
  finishJob(world, run, error);
}

/** `Restart=` */
export function scheduleRestart(world: World, service: string, hasSucceeded: boolean): void {
  const run = world.runOf(service);
  const unit = unitOf(world, service);
  const policies = hasSucceeded ? ["always", "on-success"] : ["always", "on-failure"];
  if (unit === undefined || !policies.includes(unit.restart)) return;
  const now = world.clock.steady;
  // systemd calls the wait a start.
  Object.assign(run, {
    active: "activating",
    sub: "auto-restart",
    startedAt: now,
    restartAt: now + unit.restartSecMs,
    isAgain: true,
  });
}

/** systemd starts a service again by itself, and restarts what needs it and is up. */
export function restartByItself(world: World, service: string): void {
  const run = world.runOf(service);
  run.restartAt = undefined;
  run.restarts += 1;
  log(world, service, "restart-scheduled");
  Object.assign(run, { active: "inactive", sub: "dead" });
  const along = dependants(world, service).filter((name) => isUp(world, name));
  stopServices(world, along, "restart");
  askForStart(world, service);
  for (const name of along) askForStart(world, name);
}
