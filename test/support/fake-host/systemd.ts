import { CommandError, QuadgateError } from "../../../src/model/errors.ts";
import type { Happening, Moment } from "../../../src/model/evidence.ts";
import type { Quadlet, Systemd } from "../../../src/model/host.ts";
import type { ServiceState } from "../../../src/model/live.ts";
import { isPlain } from "../../../src/model/plain-unit.ts";
import { invocationId } from "./journal.ts";
import type { LoadedUnit } from "./loaded-unit.ts";
import { reload, restart, start, stop } from "./manager.ts";
import { disable, enable, loadedTriggers, plainDropIns, plainUnitsOf } from "./plain-units.ts";
import { unitOf } from "./stopping.ts";
import type { World } from "./world.ts";

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

export function createSystemdPort(world: World, quadlet: Quadlet): Systemd {
  const { contents, clock } = world;
  // systemd goes on with the job whatever becomes of the one who asked for it.
  const waitFor = (job: Promise<void>, timeoutMs: number) =>
    Promise.race([
      job,
      clock.sleep(timeoutMs).then(() => {
        throw new QuadgateError("command-failed", `not up within ${timeoutMs / 1_000} s`);
      }),
    ]);
  const paced = async (work: () => Promise<void>) => {
    if (world.paceMs > 0) await clock.sleep(world.paceMs);
    await work();
    if (world.paceMs > 0) await clock.sleep(world.paceMs);
  };
  return {
    daemonReload: () => paced(() => reload(world, quadlet)),
    services: async (names) => new Map(names.map((name) => [name, stateOf(world, name)])),
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
    restart: (service, timeoutMs) => paced(() => waitFor(restart(world, service), timeoutMs)),
    start: (service, timeoutMs) => paced(() => waitFor(start(world, service), timeoutMs)),
    stop: (service, others = []) =>
      paced(async () => {
        for (const one of [...others, service]) stop(world, one);
      }),
    enable: async (unit) => enable(world, unit),
    disable: async (unit) => disable(world, unit),
    resetFailed: async (service) => {
      const run = contents.runs.get(service);
      if (run === undefined) return;
      Object.assign(run, { starts: [], restarts: 0 });
      if (run.active === "failed") Object.assign(run, { active: "inactive", sub: "dead", result: "success" });
    },
    timers: async (names) => names.map((name) => ({ name, nextMs: null, lastMs: null })),
    listeners: async () => [],
    verify: async () => [],
    history: async (services, since) => historyOf(world, services, since),
    journal: async (service) => {
      const run = contents.runs.get(service);
      return run === undefined || run.result === "success" ? "" : `${service} ended: ${run.result}`;
    },
  };
}

function stateOf(world: World, name: string): ServiceState {
  const { facts, contents, files } = world;
  if (name.includes("@.")) throw new CommandError(`systemctl show ${name}`, 1, "a template has no state");
  const unit = unitOf(world, name);
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
    ...runState(world, name, unit),
    triggeredBy: [...(contents.triggers.get(name) ?? []), ...loadedTriggers(world, name)],
    ...(unit?.limits ?? NO_LIMITS),
    ...(memoryMax === undefined ? {} : { memoryMax }),
    memoryZSwapMax: null,
    tasksMax: 4915,
    ...plainState(world, name),
  };
}

/** What differs for a plain unit: systemd has it from its own file. */
function plainState(world: World, name: string): Partial<ServiceState> {
  const { facts, contents, files } = world;
  const path = `${facts.systemdDir}/${name}`;
  const loaded = contents.loaded.get(name);
  const isGenerated = files.files.has(`${facts.generatorDir}/${name}`);
  if (!isPlain(name) || loaded === undefined || isGenerated || contents.masked.has(name)) return {};
  return {
    fragmentPath: path,
    unitFileState: [...files.links].some((link) => link.endsWith(`/${name}`)) ? "enabled" : "disabled",
    dropInPaths: plainDropIns(world, name),
    needDaemonReload: plainUnitsOf(world).get(name) !== loaded,
  };
}

/** Times on the monotonic clock of this boot. */
function runState(world: World, service: string, unit: LoadedUnit | undefined) {
  const run = world.contents.runs.get(service);
  const bootedAt = world.clock.steady - world.clock.ticks();
  const time = (at: number | undefined) => (at === undefined ? null : at - bootedAt);
  const isDown = run === undefined || run.active === "inactive";
  return {
    type: unit?.type ?? "",
    job: run?.job !== undefined,
    conditionMet: true,
    triggeredBy: world.contents.triggers.get(service) ?? [],
    endedWallMs:
      run?.inactiveSince === undefined ? null : run.inactiveSince + world.clock.ms - world.clock.steady,
    execStatus: run?.execStatus ?? 0,
    startedAtMs: time(run?.startedAt),
    mainStartedAtMs: time(run?.mainStartedAt),
    activeSinceMs: time(run?.activeSince),
    inactiveSinceMs: time(run?.inactiveSince),
    timeoutStartMs:
      unit === undefined || unit.startTimeoutMs === Number.POSITIVE_INFINITY ? null : unit.startTimeoutMs,
    activeState: run?.active ?? "inactive",
    subState: run?.sub ?? "dead",
    result: run?.result ?? "success",
    controlGroup: "",
    mainPid: run?.mainPid ?? 0,
    restarts: run?.restarts ?? 0,
    invocationId: isDown ? "" : invocationId(service, run.invocation),
  };
}

function historyOf(
  { contents, facts }: World,
  services: readonly string[],
  since: Moment,
): readonly Happening[] | undefined {
  if (!contents.readable.journal) return undefined;
  const boots = [...new Set(contents.journal.map(({ boot }) => boot)), facts.bootId];
  const from = boots.indexOf(since.boot);
  const follows = ({ boot, ms }: { boot: string; ms: number }) =>
    boot === since.boot ? ms >= since.ms : boots.indexOf(boot) > from;
  return contents.journal
    .filter((entry) => (entry.service === "" || services.includes(entry.service)) && follows(entry))
    .map(({ boot, ms, truth: _, ...entry }) => ({ ...entry, at: { boot, ms } }));
}
