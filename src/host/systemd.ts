import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Processes, Systemd } from "../model/host.ts";
import { type Json, listAt, type ServiceState, textAt } from "../model/live.ts";
import { output } from "./processes.ts";
import { parseServiceStates, SHOW_ARGUMENTS } from "./service-states.ts";

const MANAGER = "org.freedesktop.systemd1";
/**
 * systemd itself kills what takes longer to stop than its unit's TimeoutStopSec, which has to be left its time. Only one
 * without such a limit is given up here; systemd goes on with it.
 */
const STOP_TIMEOUT_MS = 30 * 60_000;
/** podman's transient health-check units, `<64 hex>-<hex>.service`. */
const HEALTH_CHECK_UNIT = /^[0-9a-f]{64}(-[0-9a-f]+)?\.(service|timer)$/;

/** systemd's manager, by systemctl and, for lists, by busctl, which prints JSON. */
export function createSystemd(processes: Processes, rootless: boolean): Systemd {
  const scope = rootless ? ["--user"] : ["--system"];
  const asking =
    (program: string, ...first: readonly string[]): Ask =>
    (...args) =>
      output(processes, program, [...first, ...args]);
  const systemctl = asking("systemctl", ...scope, "--no-ask-password");
  const busctl = asking("busctl", ...scope, "--json=short");
  const job = async (verb: "start" | "restart" | "stop", service: string, timeoutMs: number) => {
    const args = [...scope, "--no-ask-password", verb, "--", service];
    const result = await processes.run("systemctl", args, { timeoutMs });
    const state = verb === "stop" ? "down" : "up";
    if (result.timedOut)
      throw new QuadgateError("command-failed", `not ${state} within ${timeoutMs / 1_000} s`);
    // systemctl's second line advises to look into the journal, which the caller does.
    const why = result.stderr.split("\n")[0] ?? "";
    if (result.exitCode !== 0) throw new CommandError(`systemctl ${verb} ${service}`, result.exitCode, why);
  };
  return {
    daemonReload: async () => {
      await systemctl("daemon-reload");
    },
    services: (names) => services(systemctl, names),
    failedUnits: () => unitsIn(busctl, "failed"),
    failedSystemUnits: async () => {
      if (!rootless) return [];
      const failed = await unitsIn(asking("busctl", "--system", "--json=short"), "failed");
      const states = await services(asking("systemctl", "--system", "--no-ask-password"), failed);
      return failed.filter((name) => states.get(name)?.loadState !== "not-found");
    },
    restartingUnits: () => unitsIn(busctl, "auto-restart", "auto-restart-queued"),
    unitsLike: async (patterns) => {
      if (patterns.length === 0) return [];
      const listed = await systemctl("list-units", "--all", "--plain", "--no-legend", "--", ...patterns);
      return listed.split("\n").flatMap((line) => line.trim().split(/\s+/)[0] || []);
    },
    restart: (service, timeoutMs) => job("restart", service, timeoutMs),
    start: (service, timeoutMs) => job("start", service, timeoutMs),
    stop: (service) => job("stop", service, STOP_TIMEOUT_MS),
    resetFailed: async (service) => {
      await processes.run("systemctl", [...scope, "reset-failed", "--", service]);
    },
    listeners: (service) => listeners(systemctl, service),
    journal: async (service, lines) => {
      const unit = rootless ? "--user-unit" : "--unit";
      const result = await processes.run("journalctl", [
        "--quiet",
        "--no-pager",
        "-o",
        "cat",
        "-n",
        String(lines),
        unit,
        service,
      ]);
      return result.stdout.trimEnd();
    },
  };
}

type Ask = (...args: readonly string[]) => Promise<string>;

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

/** A unit may be started by timers and paths too; a socket may listen on several addresses, of several kinds. */
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

/** systemd loads a unit that it does not know when it is asked for, so this never fails for a unit that is not there. */
async function services(
  systemctl: Ask,
  names: readonly string[],
): Promise<ReadonlyMap<string, ServiceState>> {
  const asked = [...new Set(names)];
  if (asked.length === 0) return new Map();
  const states = parseServiceStates(asked, await systemctl(...SHOW_ARGUMENTS, ...asked));
  return new Map(states.map((state) => [state.name, state]));
}
