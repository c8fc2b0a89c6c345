import { CommandError, QuadgateError } from "../../../src/model/errors.ts";
import type { Systemd } from "../../../src/model/host.ts";
import type { ServiceState } from "../../../src/model/live.ts";
import type { Manager } from "./manager.ts";
import type { Run, World } from "./world.ts";

const LOOK_MS = 100;

const NO_LIMITS = {
  memoryMax: null,
  memoryHigh: null,
  memorySwapMax: null,
  cpuQuotaPerSecUSec: null,
  memoryMin: 0,
  memoryLow: 0,
  cpuWeight: null,
  startupCpuWeight: null,
  ioWeight: null,
  startupIoWeight: null,
};

export function createSystemdPort(world: World, manager: Manager): Systemd {
  const { contents, clock } = world;
  const waitFor = async (started: Promise<void>, timeoutMs: number) => {
    const deadline = clock.ms + timeoutMs;
    let done = false;
    const job = started.finally(() => {
      done = true;
    });
    // systemd goes on with the job whatever becomes of the one who asked for it.
    world.background(job);
    for (;;) {
      await Promise.race([job, clock.sleep(LOOK_MS)]);
      if (done) return job;
      if (clock.ms >= deadline)
        throw new QuadgateError("command-failed", `not up within ${timeoutMs / 1_000} s`);
    }
  };
  return {
    daemonReload: () => manager.reload(),
    services: async (names) => new Map(names.map((name) => [name, stateOf(world, manager, name)])),
    unitsLike: async (patterns) =>
      [...contents.runs.keys()].filter((name) => patterns.includes(name.replace(/@.*\./, "@*."))),
    failedUnits: async () => {
      const failed = [...contents.runs].filter(([, run]) => run.active === "failed").map(([name]) => name);
      const transient = /^[0-9a-f]{64}(-[0-9a-f]+)?\.(service|timer)$/;
      return [...failed, ...contents.foreign].filter((name) => !transient.test(name)).sort();
    },
    failedSystemUnits: async () => [],
    restartingUnits: async () =>
      [...contents.runs].filter(([, run]) => run.sub === "auto-restart").map(([name]) => name),
    restart: (service, timeoutMs) => waitFor(manager.restart(service), timeoutMs),
    start: (service, timeoutMs) => waitFor(manager.start(service), timeoutMs),
    stop: async (service) => manager.stop(service),
    resetFailed: async (service) => {
      const run = contents.runs.get(service);
      if (run?.active === "failed")
        Object.assign(run, { active: "inactive", sub: "dead", result: "success" });
    },
    timers: async (names) => names.map((name) => ({ name, nextMs: null, lastMs: null })),
    listeners: async () => [],
    history: async () => undefined,
    verify: async () => [],
    journal: async (service) => {
      const run = contents.runs.get(service);
      return run === undefined || run.result === "success" ? "" : `${service} ended: ${run.result}`;
    },
  };
}

function stateOf(world: World, manager: Manager, name: string): ServiceState {
  const { facts, contents, files } = world;
  if (name.includes("@.")) throw new CommandError(`systemctl show ${name}`, 1, "a template has no state");
  const unit = manager.unit(name);
  const masked = contents.masked.has(name);
  const controls = [...contents.controls].filter(([path]) => path.includes(`/${name}.d/`));
  const memoryMax = controls[0]?.[1];
  const source = unit === undefined ? undefined : files.files.get(unit.source);
  return {
    name,
    loadState: masked ? "masked" : unit === undefined ? "not-found" : "loaded",
    unitFileState: unit === undefined ? "" : "generated",
    fragmentPath: masked ? "/dev/null" : unit === undefined ? "" : `${facts.generatorDir}/${name}`,
    sourcePath: unit?.source ?? "",
    dropInPaths: controls.map(([path]) => path),
    needDaemonReload: unit !== undefined && source === undefined,
    ...runState(contents.runs.get(name)),
    type: unit === undefined ? "" : unit.oneshot ? "oneshot" : "notify",
    timeoutStartMs: unit?.startTimeoutMs ?? null,
    triggeredBy: contents.triggers.get(name) ?? [],
    ...(unit?.limits ?? NO_LIMITS),
    ...(memoryMax === undefined ? {} : { memoryMax }),
    memoryZSwapMax: null,
    tasksMax: 4915,
  };
}

function runState(run: Run | undefined) {
  return {
    activeState: run?.active ?? "inactive",
    subState: run?.sub ?? "dead",
    result: run?.result ?? "success",
    controlGroup: "",
    mainPid: run?.active === "active" ? 4242 : 0,
    restarts: run?.restarts ?? 0,
    invocationId: run === undefined ? "" : String(run.invocation),
    job: run?.active === "activating",
    conditionMet: true,
    execStatus: run?.active === "failed" ? 1 : 0,
    startedAtMs: run?.startedMs ?? null,
    mainStartedAtMs: run?.startedMs ?? null,
    activeSinceMs: run?.activeMs ?? null,
    inactiveSinceMs: run?.inactiveMs ?? null,
    endedWallMs: null,
  };
}
