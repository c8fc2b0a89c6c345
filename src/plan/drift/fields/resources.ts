import { at, type Json, type ServiceState } from "../../../model/live.ts";
import { lastOf, type PodmanCall } from "../../argv/podman.ts";
import { formatSize, parseSize } from "../../argv/quantities.ts";
import { lastValueOf, type UnitText } from "../../argv/unit-text.ts";
import { type FieldRow, type Flat, flat, type RowContext } from "../row.ts";

/** A limit of the service's cgroup, set in [Service] and seen over D-Bus. */
interface UnitLimit {
  readonly part: string;
  readonly setting: string;
  readonly parse: (text: string) => string | undefined;
  readonly live: (service: ServiceState) => string | undefined;
  /** systemd computes a default where nothing is declared, so that only a declared value can be compared. */
  readonly hasDefault?: boolean;
}

/** A limit of the container itself: a flag, and where podman keeps it. */
interface ContainerLimit {
  readonly part: string;
  readonly flag: string;
  readonly parse: (text: string) => string | undefined;
  readonly path: readonly string[];
  readonly format: (value: Json | undefined) => string | undefined;
  /** podman or the host fill in a value where nothing is declared. */
  readonly hasDefault?: boolean;
}

interface LimitRow {
  readonly name: string;
  readonly unit: readonly UnitLimit[];
  readonly container: readonly ContainerLimit[];
}

const size = (text: string) => {
  if (text === "infinity") return undefined;
  const bytes = parseSize(text);
  return bytes === undefined ? text : formatSize(bytes);
};
const sizeOf = (bytes: number | null) => (bytes === null ? undefined : formatSize(bytes));
const countOf = (count: number | null) => (count === null ? undefined : String(count));
const plain = (text: string) => (text === "infinity" ? undefined : text);
const percent = (microseconds: number | null) =>
  microseconds === null ? undefined : `${microseconds / 10_000}%`;

/** podman's zero means that no limit is set. */
const positive = (value: Json | undefined) =>
  typeof value === "number" && value > 0 ? String(value) : undefined;
const positiveSize = (value: Json | undefined) =>
  typeof value === "number" && value > 0 ? formatSize(value) : undefined;
const nonEmpty = (value: Json | undefined) => (typeof value === "string" && value !== "" ? value : undefined);
const zeroIsNone = (text: string) => (/^0*(\.0*)?$/.test(text) ? undefined : text);
const containerSize = (text: string) => {
  const bytes = parseSize(text.replace(/\s/g, ""));
  return bytes === 0 ? undefined : bytes === undefined ? text : formatSize(bytes);
};

const MEMORY: LimitRow = {
  name: "memory",
  unit: [
    { part: "max", setting: "MemoryMax", parse: size, live: (service) => sizeOf(service.memoryMax) },
    { part: "high", setting: "MemoryHigh", parse: size, live: (service) => sizeOf(service.memoryHigh) },
    {
      part: "swapMax",
      setting: "MemorySwapMax",
      parse: size,
      live: (service) => sizeOf(service.memorySwapMax),
    },
  ],
  container: [
    { part: "container", flag: "memory", parse: containerSize, path: ["Memory"], format: positiveSize },
    {
      part: "containerReservation",
      flag: "memory-reservation",
      parse: containerSize,
      path: ["MemoryReservation"],
      format: positiveSize,
    },
    {
      // Without the flag podman sets twice the memory.
      part: "containerSwap",
      flag: "memory-swap",
      parse: containerSize,
      path: ["MemorySwap"],
      format: (value) => (value === -1 ? "-1" : positiveSize(value)),
      hasDefault: true,
    },
  ],
};

const CPU: LimitRow = {
  name: "cpu",
  unit: [
    {
      part: "quota",
      setting: "CPUQuota",
      parse: (text) => (Number.isNaN(Number.parseFloat(text)) ? plain(text) : `${Number.parseFloat(text)}%`),
      live: (service) => percent(service.cpuQuotaPerSecUSec),
    },
    {
      part: "weight",
      setting: "CPUWeight",
      parse: (text) => (text === "idle" ? "0" : plain(text)),
      live: (service) => countOf(service.cpuWeight),
    },
  ],
  container: [
    {
      part: "containerCpus",
      flag: "cpus",
      parse: (text) => zeroIsNone(text) && String(Number(text)),
      path: ["NanoCpus"],
      format: (value) => (typeof value === "number" && value > 0 ? String(value / 1e9) : undefined),
    },
    { part: "containerShares", flag: "cpu-shares", parse: zeroIsNone, path: ["CpuShares"], format: positive },
    { part: "containerCpuset", flag: "cpuset-cpus", parse: plain, path: ["CpusetCpus"], format: nonEmpty },
  ],
};

const TASKS: LimitRow = {
  name: "tasks",
  unit: [
    {
      part: "max",
      setting: "TasksMax",
      parse: (text) => (text.endsWith("%") ? text : plain(text)),
      live: (service) => countOf(service.tasksMax),
      hasDefault: true,
    },
  ],
  container: [
    {
      part: "container",
      flag: "pids-limit",
      parse: (text) => (text === "-1" ? undefined : zeroIsNone(text)),
      path: ["PidsLimit"],
      format: positive,
      hasDefault: true,
    },
  ],
};

const IO: LimitRow = {
  name: "io",
  unit: [{ part: "weight", setting: "IOWeight", parse: plain, live: (service) => countOf(service.ioWeight) }],
  container: [
    { part: "container", flag: "blkio-weight", parse: zeroIsNone, path: ["BlkioWeight"], format: positive },
  ],
};

/** Settings whose change by `systemctl set-property` a row of this file shows. */
export const LIMIT_SETTINGS: readonly string[] = [MEMORY, CPU, TASKS, IO].flatMap(({ unit }) =>
  unit.map(({ setting }) => setting),
);

function limitRow(limits: LimitRow): FieldRow {
  return {
    name: limits.name,
    flags: limits.container.map(({ flag }) => flag),
    declared: ({ call, service }) => ({
      ...declaredUnit(limits.unit, service),
      ...declaredContainer(limits.container, call),
    }),
    container: (expected, container) => withContainer(limits.container, expected, container),
    unit: (expected, service) => withUnit(limits.unit, expected, service),
    text: (value, keys) => limitText(limits, value, keys),
    unitParts: limits.unit.map(({ part }) => part),
    changedBy: (changed, context) =>
      changedBy(
        limits,
        changed.map(({ key }) => key),
        context,
      ),
  };
}

function declaredUnit(limits: readonly UnitLimit[], text: UnitText): Flat {
  const parts = limits.map(({ part, setting, parse }) => {
    const value = lastValueOf(text, "Service", setting);
    return [part, value === undefined ? undefined : parse(value)] as const;
  });
  return flat(Object.fromEntries(parts));
}

function declaredContainer(limits: readonly ContainerLimit[], call: PodmanCall): Flat {
  const parts = limits.map(({ part, flag, parse }) => {
    const value = lastOf(call.flags, flag);
    return [part, value === undefined ? undefined : parse(value)] as const;
  });
  return flat(Object.fromEntries(parts));
}

/** Values that only systemd can resolve (`50%` of the memory) are taken as they are. */
function withUnit(limits: readonly UnitLimit[], expected: Flat, service: ServiceState): Flat {
  const parts = limits
    .filter(({ part, hasDefault }) => !(hasDefault && expected[part] === undefined))
    .filter(({ part, setting }) => setting === "CPUQuota" || !expected[part]?.endsWith("%"))
    .map(({ part, live }) => [part, live(service)] as const);
  return flat({ ...expected, ...Object.fromEntries(parts) });
}

function withContainer(limits: readonly ContainerLimit[], expected: Flat, container: Json): Flat {
  const parts = limits
    .filter(({ part, hasDefault }) => !(hasDefault && expected[part] === undefined))
    // podman drops a limit that the host has no controller for: none in force is not a change.
    .map(
      ({ part, path, format }) =>
        [part, format(at(container, "HostConfig", ...path)) ?? expected[part]] as const,
    );
  return flat({ ...expected, ...Object.fromEntries(parts) });
}

/** The first part stands for the field and goes without its name: `4G, high 3G`. */
function limitText(limits: LimitRow, value: Flat, keys: readonly string[]): string {
  const order = [...limits.unit, ...limits.container].map(({ part }) => part);
  const shown =
    keys.length > 0 ? order.filter((part) => keys.includes(part)) : order.filter((part) => part in value);
  const texts = shown.map((part) => {
    const text = value[part] ?? "unlimited";
    const name = part.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return part === order[0] ? text : `${name} ${text}`;
  });
  return texts.join(", ") || "unlimited";
}

function changedBy(limits: LimitRow, keys: readonly string[], { service }: RowContext): string | undefined {
  const settings = limits.unit.filter(({ part }) => keys.includes(part)).map(({ setting }) => setting);
  const causes: string[] = [];
  if (settings.length > 0) causes.push(unitCause(settings, service?.dropInPaths ?? []));
  if (limits.container.some(({ part }) => keys.includes(part))) causes.push("podman update");
  return causes.join("; ");
}

function unitCause(settings: readonly string[], dropIns: readonly string[]): string {
  const set = dropIns.some((path) =>
    settings.some((setting) => path.endsWith(`.control/${base(path)}/50-${setting}.conf`)),
  );
  if (set) return "systemctl set-property";
  const other = dropIns.find((path) => !isControl(path));
  return other === undefined ? "changed since the unit was loaded" : `drop-in ${other}`;
}

function base(path: string): string {
  return path.split("/").at(-2) ?? "";
}

function isControl(path: string): boolean {
  return path.includes("/system.control/") || path.includes("/user.control/");
}

/** Limits: [Service] against the service's cgroup, podman's own flags against the container. */
export const memory = limitRow(MEMORY);
export const cpu = limitRow(CPU);
export const tasks = limitRow(TASKS);
export const io = limitRow(IO);
