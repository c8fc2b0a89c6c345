import { formatSize, parseSize } from "../../lib/size.ts";
import type { Json } from "../../model/live.ts";
import { LIMIT_SETTINGS } from "../../quadlet/limit-settings.ts";
import { type LimitRow, limitRow } from "../row-builders/limit-row.ts";

const size = (text: string) => {
  if (text === "infinity") return undefined;
  const bytes = parseSize(text);
  return bytes === undefined ? text : formatSize(bytes);
};
const sizeOf = (bytes: number | null) => (bytes === null ? undefined : formatSize(bytes));
/** A protection of no bytes is none. */
const someSize = (text: string) => (parseSize(text) === 0 ? undefined : size(text));
const someSizeOf = (bytes: number | null) => (bytes === 0 ? undefined : sizeOf(bytes));
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
    {
      part: "max",
      setting: LIMIT_SETTINGS.memory.max,
      parse: size,
      live: (service) => sizeOf(service.memoryMax),
    },
    {
      part: "high",
      setting: LIMIT_SETTINGS.memory.high,
      parse: size,
      live: (service) => sizeOf(service.memoryHigh),
    },
    {
      part: "swapMax",
      setting: LIMIT_SETTINGS.memory.swapMax,
      parse: size,
      live: (service) => sizeOf(service.memorySwapMax),
    },
    {
      part: "zswapMax",
      setting: LIMIT_SETTINGS.memory.zswapMax,
      parse: size,
      live: (service) => sizeOf(service.memoryZSwapMax),
    },
    {
      part: "min",
      setting: LIMIT_SETTINGS.memory.min,
      parse: someSize,
      live: (service) => someSizeOf(service.memoryMin),
    },
    {
      part: "low",
      setting: LIMIT_SETTINGS.memory.low,
      parse: someSize,
      live: (service) => someSizeOf(service.memoryLow),
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
      follows: "memory",
    },
    {
      part: "containerSwappiness",
      flag: "memory-swappiness",
      parse: (text) => (text === "-1" ? undefined : plain(text)),
      path: ["MemorySwappiness"],
      // podman shows 0 or -1 where none is set.
      format: positive,
    },
  ],
};

const CPU: LimitRow = {
  name: "cpu",
  unit: [
    {
      part: "quota",
      setting: LIMIT_SETTINGS.cpu.quota,
      parse: (text) => (Number.isNaN(Number.parseFloat(text)) ? plain(text) : `${Number.parseFloat(text)}%`),
      live: (service) => percent(service.cpuQuotaPerSecUSec),
    },
    {
      part: "weight",
      setting: LIMIT_SETTINGS.cpu.weight,
      parse: (text) => (text === "idle" ? "0" : plain(text)),
      live: (service) => countOf(service.cpuWeight),
    },
    {
      part: "startupWeight",
      setting: LIMIT_SETTINGS.cpu.startupWeight,
      parse: (text) => (text === "idle" ? "0" : plain(text)),
      live: (service) => countOf(service.startupCpuWeight),
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
    { part: "containerMems", flag: "cpuset-mems", parse: plain, path: ["CpusetMems"], format: nonEmpty },
    // podman writes `--cpus` as a quota of a period as well.
    {
      part: "containerPeriod",
      flag: "cpu-period",
      parse: zeroIsNone,
      path: ["CpuPeriod"],
      format: positive,
      follows: "cpus",
    },
    {
      part: "containerQuota",
      flag: "cpu-quota",
      parse: zeroIsNone,
      path: ["CpuQuota"],
      format: positive,
      follows: "cpus",
    },
    {
      part: "containerRealtimePeriod",
      flag: "cpu-rt-period",
      parse: zeroIsNone,
      path: ["CpuRealtimePeriod"],
      format: positive,
    },
    {
      part: "containerRealtimeRuntime",
      flag: "cpu-rt-runtime",
      parse: zeroIsNone,
      path: ["CpuRealtimeRuntime"],
      format: positive,
    },
  ],
};

const TASKS: LimitRow = {
  name: "tasks",
  unit: [
    {
      part: "max",
      setting: LIMIT_SETTINGS.tasks.max,
      parse: (text) => plain(text) ?? "unlimited",
      live: (service) => countOf(service.tasksMax) ?? "unlimited",
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

/** Limits by device: what podman shows has numbers for names, so only that there are some is compared. */
const byDevice = (part: string, flag: string, key: string): LimitRow["container"][number] => ({
  part,
  flag,
  parse: () => "set",
  path: [key],
  format: (value) => (Array.isArray(value) && value.length > 0 ? "set" : undefined),
});

const IO: LimitRow = {
  name: "io",
  unit: [
    {
      part: "weight",
      setting: LIMIT_SETTINGS.io.weight,
      parse: plain,
      live: (service) => countOf(service.ioWeight),
    },
    {
      part: "startupWeight",
      setting: LIMIT_SETTINGS.io.startupWeight,
      parse: plain,
      live: (service) => countOf(service.startupIoWeight),
    },
  ],
  container: [
    { part: "container", flag: "blkio-weight", parse: zeroIsNone, path: ["BlkioWeight"], format: positive },
    byDevice("containerDevices", "blkio-weight-device", "BlkioWeightDevice"),
    byDevice("containerReadBps", "device-read-bps", "BlkioDeviceReadBps"),
    byDevice("containerWriteBps", "device-write-bps", "BlkioDeviceWriteBps"),
    byDevice("containerReadIops", "device-read-iops", "BlkioDeviceReadIOps"),
    byDevice("containerWriteIops", "device-write-iops", "BlkioDeviceWriteIOps"),
  ],
};

/** Limits: [Service] against the service's cgroup, podman's own flags against the container. */
export const memory = limitRow(MEMORY);
export const cpu = limitRow(CPU);
export const tasks = limitRow(TASKS);
export const io = limitRow(IO);
