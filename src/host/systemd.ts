import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Happening, Moment } from "../model/evidence.ts";
import type { HostFacts, Processes, Systemd } from "../model/host.ts";
import { type Json, listAt, type ServiceState, textAt } from "../model/live.ts";
import { type HistoryOf, history } from "./journal-history.ts";
import { output } from "./processes.ts";
import { parseServiceStates, SHOW_ARGUMENTS } from "./service-states.ts";
import { parseTimers, TIMER_ARGUMENTS } from "./timers.ts";
import { merged, unrecorded } from "./unrecorded.ts";
import { createVerifier } from "./verify-units.ts";

const MANAGER = "org.freedesktop.systemd1";
/**
 * systemd itself kills a service that takes longer to stop than its unit's TimeoutStopSec, and quadgate must
 * wait for that. This limit only ends the wait for a service without such a limit; systemd continues to stop
 * it.
 */
const STOP_TIMEOUT_MS = 30 * 60_000;
/** podman's transient health-check units, `<64 hex>-<hex>.service`. */
const HEALTH_CHECK_UNIT = /^[0-9a-f]{64}(-[0-9a-f]+)?\.(service|timer)$/;

/** systemd's manager, through systemctl and, for lists, through busctl, which prints JSON. */
export function createSystemd(
  processes: Processes,
  facts: Pick<HostFacts, "rootless" | "uid" | "bootId">,
): Systemd {
  const { rootless } = facts;
  const manager: Manager = { processes, rootless, scope: rootless ? ["--user"] : ["--system"] };
  const { systemctl, busctl } = askers(processes, manager.scope);
  return {
    daemonReload: async () => {
      await systemctl("daemon-reload");
    },
    services: (names) => services(systemctl, names),
    failedUnits: () => unitsIn(busctl, "failed"),
    failedSystemUnits: () => failedSystemUnits(manager),
    restartingUnits: () => unitsIn(busctl, "auto-restart", "auto-restart-queued"),
    unitsLike: (patterns) => unitsLike(systemctl, patterns),
    restart: (service, timeoutMs) => runJob(manager, "restart", service, timeoutMs),
    start: (service, timeoutMs) => runJob(manager, "start", service, timeoutMs),
    stop: (service, others) => runJob(manager, "stop", service, STOP_TIMEOUT_MS, others),
    enable: async (unit) => {
      await systemctl("enable", "--no-reload", "--", unit);
    },
    disable: async (unit) => {
      await systemctl("disable", "--no-reload", "--", unit);
    },
    resetFailed: async (service) => {
      await processes.run("systemctl", [...manager.scope, "reset-failed", "--", service]);
    },
    timers: async (names) =>
      names.length === 0 ? [] : parseTimers(await systemctl(...TIMER_ARGUMENTS, ...names)),
    listeners: (service) => listeners(systemctl, service),
    history: (names, since) => completeHistory({ processes, facts }, systemctl, names, since),
    verify: createVerifier(processes, manager.scope),
    journal: (service, lines) => journal(manager, service, lines),
  };
}

/** The manager of a user or of the system. */
interface Manager {
  readonly processes: Processes;
  readonly rootless: boolean;
  /** `--user` or `--system` */
  readonly scope: readonly string[];
}

/** Runs one program with these arguments and returns its stdout. */
type Ask = (...args: readonly string[]) => Promise<string>;

function askers(
  processes: Processes,
  scope: readonly string[],
): { readonly systemctl: Ask; readonly busctl: Ask } {
  return {
    systemctl: (...args) => output(processes, "systemctl", [...scope, "--no-ask-password", ...args]),
    busctl: (...args) => output(processes, "busctl", [...scope, "--json=short", ...args]),
  };
}

async function runJob(
  { processes, scope }: Manager,
  verb: "start" | "restart" | "stop",
  service: string,
  timeoutMs: number,
  others: readonly string[] = [],
): Promise<void> {
  const args = [...scope, "--no-ask-password", verb, "--", service, ...others];
  const result = await processes.run("systemctl", args, { timeoutMs });
  const state = verb === "stop" ? "down" : "up";
  if (result.timedOut)
    throw new QuadgateError("command-failed", `not ${state} within ${timeoutMs / 1_000} s`);
  // systemctl's second line advises to look into the journal, which the caller does.
  const why = result.stderr.split("\n")[0] ?? "";
  if (result.exitCode !== 0) throw new CommandError(`systemctl ${verb} ${service}`, result.exitCode, why);
}

async function failedSystemUnits({ processes, rootless }: Manager): Promise<readonly string[]> {
  if (!rootless) return [];
  const { systemctl, busctl } = askers(processes, ["--system"]);
  const failed = await unitsIn(busctl, "failed");
  const states = await services(systemctl, failed);
  return failed.filter((name) => states.get(name)?.loadState !== "not-found");
}

async function unitsLike(systemctl: Ask, patterns: readonly string[]): Promise<readonly string[]> {
  if (patterns.length === 0) return [];
  const listed = await systemctl("list-units", "--all", "--plain", "--no-legend", "--", ...patterns);
  return listed.split("\n").flatMap((line) => line.trim().split(/\s+/)[0] || []);
}

/** journald may be some messages behind systemd: how long to wait for it, and again. */
const JOURNAL_DELAYS_MS = [100, 300];

/** What the journal says, once it says what systemd knows or has had the time to. */
async function completeHistory(
  of: Pick<HistoryOf, "processes" | "facts">,
  systemctl: Ask,
  names: readonly string[],
  since: Moment,
): Promise<readonly Happening[] | undefined> {
  const [managerStartMs, states] = await Promise.all([
    managerStartedMs(systemctl),
    services(systemctl, names),
  ]);
  const present = of.facts.bootId;
  const look = async () => {
    const happenings = await history({ ...of, managerStartMs }, names, since);
    return happenings && { happenings, missing: unrecorded(states.values(), happenings, since, present) };
  };
  let seen = await look();
  for (const delayMs of JOURNAL_DELAYS_MS) {
    if (seen === undefined || seen.missing.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    seen = await look();
  }
  return seen && merged(seen.happenings, seen.missing, present);
}

/** On CLOCK_MONOTONIC. A re-executed manager keeps it. */
async function managerStartedMs(systemctl: Ask): Promise<number> {
  const shown = await systemctl("show", "--property=UserspaceTimestampMonotonic");
  return Math.round(Number(/=(\d+)/.exec(shown)?.[1] ?? 0) / 1_000);
}

async function journal({ processes, rootless }: Manager, service: string, lines: number): Promise<string> {
  const format = ["--quiet", "--no-pager", "-o", "cat", "-n", String(lines)];
  const unit = [rootless ? "--user-unit" : "--unit", service];
  const result = await processes.run("journalctl", [...format, ...unit]);
  return result.stdout.trimEnd();
}

async function unitsIn(busctl: Ask, ...states: readonly string[]): Promise<readonly string[]> {
  const answer: Json = JSON.parse(
    await busctl(
      "call",
      MANAGER,
      "/org/freedesktop/systemd1",
      `${MANAGER}.Manager`,
      "ListUnitsFiltered",
      "as",
      String(states.length),
      ...states,
    ),
  );
  const names = listAt(answer, "data", 0).map((row) => textAt(row, 0));
  return names.filter((name) => !HEALTH_CHECK_UNIT.test(name)).sort();
}

/**
 * The addresses that a service's sockets listen on. Timers and paths may trigger a unit too, and a socket may
 * listen on several addresses of several kinds.
 */
async function listeners(
  systemctl: Ask,
  service: string,
): Promise<readonly { name: string; address: string }[]> {
  const shown = await systemctl("show", "--property=TriggeredBy", "--", service);
  const sockets = shown.split(/[=\s]+/).filter((word) => word.endsWith(".socket"));
  if (sockets.length === 0) return [];
  const text = await systemctl("show", "--property=Listen,FileDescriptorName", "--", ...sockets);
  return text.split("\n\n").flatMap((block) => {
    const name = /^FileDescriptorName=(.*)$/m.exec(block)?.[1] ?? "";
    const addresses = [...block.matchAll(/^Listen=(.*) \(Stream\)$/gm)];
    return addresses.map(([, address = ""]) => ({ name, address }));
  });
}

/** systemd loads an unknown unit if asked for it, so this never fails for a unit that does not exist. */
async function services(
  systemctl: Ask,
  names: readonly string[],
): Promise<ReadonlyMap<string, ServiceState>> {
  const asked = [...new Set(names)];
  if (asked.length === 0) return new Map();
  const states = parseServiceStates(asked, await systemctl(...SHOW_ARGUMENTS, ...asked));
  return new Map(states.map((state) => [state.name, state]));
}
