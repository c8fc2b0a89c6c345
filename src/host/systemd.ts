import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Processes, Systemd } from "../model/host.ts";
import { at, type Json, listAt, type ServiceState, textAt } from "../model/live.ts";
import { output } from "./processes.ts";

const MANAGER = "org.freedesktop.systemd1";
/** podman's transient health-check units, `<64 hex>-<hex>.service`. */
const HEALTH_CHECK_UNIT = /^[0-9a-f]{64}(-[0-9a-f]+)?\.(service|timer)$/;
/** systemd's "infinity" and "not set" for unsigned 64-bit properties. */
const UNSET = 2 ** 64 - 1;
const PARALLEL = 4;

/** systemd's manager: properties as JSON over D-Bus by busctl, jobs by systemctl. */
export function createSystemd(processes: Processes, rootless: boolean): Systemd {
  const scope = rootless ? ["--user"] : ["--system"];
  const systemctl = async (...args: readonly string[]) => {
    await output(processes, "systemctl", [...scope, "--no-ask-password", ...args]);
  };
  const busctl = (...args: readonly string[]) =>
    output(processes, "busctl", [...scope, "--json=short", ...args]);
  return {
    daemonReload: () => systemctl("daemon-reload"),
    services: (names) => services(busctl, names),
    failedUnits: () => failedUnits(busctl),
    restart: async (service, timeoutMs) => {
      const args = [...scope, "--no-ask-password", "restart", "--", service];
      const result = await processes.run("systemctl", args, { timeoutMs });
      if (result.timedOut) throw new QuadgateError("command-failed", `not up within ${timeoutMs / 1_000} s`);
      // systemctl's second line advises to look into the journal, which the caller does.
      const why = result.stderr.split("\n")[0] ?? "";
      if (result.exitCode !== 0) throw new CommandError(`systemctl restart ${service}`, result.exitCode, why);
    },
    stop: (service) => systemctl("stop", "--", service),
    resetFailed: async (service) => {
      await processes.run("systemctl", [...scope, "reset-failed", "--", service]);
    },
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

type Busctl = (...args: readonly string[]) => Promise<string>;

async function failedUnits(busctl: Busctl): Promise<readonly string[]> {
  const answer: Json = JSON.parse(
    await busctl(
      "call",
      MANAGER,
      "/org/freedesktop/systemd1",
      `${MANAGER}.Manager`,
      "ListUnitsFiltered",
      "as",
      "1",
      "failed",
    ),
  );
  const names = listAt(answer, "data", 0).map((row) => textAt(row, 0));
  return names.filter((name) => !HEALTH_CHECK_UNIT.test(name)).sort();
}

async function services(
  busctl: Busctl,
  names: readonly string[],
): Promise<ReadonlyMap<string, ServiceState>> {
  const { default: pLimit } = await import("p-limit");
  const states = await pLimit(PARALLEL).map([...new Set(names)], (name) => service(busctl, name));
  return new Map(states.map((state) => [state.name, state]));
}

/** systemd loads a unit that it does not know when its object path is asked for, so this never fails for a name. */
async function service(busctl: Busctl, name: string): Promise<ServiceState> {
  const path = `/org/freedesktop/systemd1/unit/${escapePath(name)}`;
  const text = await busctl("call", MANAGER, path, "org.freedesktop.DBus.Properties", "GetAll", "s", "");
  try {
    return toServiceState(name, at(JSON.parse(text), "data", 0));
  } catch (error) {
    throw new CommandError(`busctl GetAll ${name}`, 0, `printed no valid JSON: ${String(error)}`);
  }
}

/** D-Bus object paths hold letters and digits; every other byte becomes `_` and two hex digits. */
function escapePath(name: string): string {
  return [...Buffer.from(name, "utf8")]
    .map((byte, index) => {
      const char = String.fromCharCode(byte);
      const plain = index === 0 ? /[A-Za-z]/.test(char) : /[A-Za-z0-9]/.test(char);
      return plain ? char : `_${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

function toServiceState(name: string, properties: Json | undefined): ServiceState {
  const value = (key: string) => at(properties, key, "data");
  const text = (key: string) => textAt(properties, key, "data");
  const count = (key: string) => Number(value(key) ?? 0);
  const limit = (key: string) => {
    const number = value(key);
    return typeof number !== "number" || number >= UNSET ? null : number;
  };
  return {
    name,
    loadState: text("LoadState"),
    activeState: text("ActiveState"),
    subState: text("SubState"),
    result: text("Result"),
    unitFileState: text("UnitFileState"),
    fragmentPath: text("FragmentPath"),
    sourcePath: text("SourcePath"),
    dropInPaths: listAt(properties, "DropInPaths", "data").map(String),
    needDaemonReload: value("NeedDaemonReload") === true,
    controlGroup: text("ControlGroup"),
    mainPid: count("MainPID"),
    restarts: count("NRestarts"),
    invocationId: listAt(properties, "InvocationID", "data")
      .map((byte) => Number(byte).toString(16).padStart(2, "0"))
      .join(""),
    memoryMax: limit("MemoryMax"),
    memoryHigh: limit("MemoryHigh"),
    memorySwapMax: limit("MemorySwapMax"),
    cpuQuotaPerSecUSec: limit("CPUQuotaPerSecUSec"),
    cpuWeight: limit("CPUWeight"),
    ioWeight: limit("IOWeight"),
    tasksMax: limit("TasksMax"),
  };
}
