import { LIMIT_SETTINGS } from "../../quadlet/limit-settings.ts";
import { type LimitRow, limitRow } from "../row-builders/limit-row.ts";
import {
  nonEmpty,
  numberText,
  percentText,
  positive,
  unlessInfinite,
  zeroIsNone,
} from "../row-builders/limit-values.ts";

const CPU: LimitRow = {
  name: "cpu",
  unit: [
    {
      part: "quota",
      setting: LIMIT_SETTINGS.cpu.quota,
      parse: (text) =>
        Number.isNaN(Number.parseFloat(text)) ? unlessInfinite(text) : `${Number.parseFloat(text)}%`,
      live: (service) => percentText(service.cpuQuotaPerSecUSec),
    },
    {
      part: "weight",
      setting: LIMIT_SETTINGS.cpu.weight,
      parse: (text) => (text === "idle" ? "0" : unlessInfinite(text)),
      live: (service) => numberText(service.cpuWeight),
    },
    {
      part: "startupWeight",
      setting: LIMIT_SETTINGS.cpu.startupWeight,
      parse: (text) => (text === "idle" ? "0" : unlessInfinite(text)),
      live: (service) => numberText(service.startupCpuWeight),
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
    {
      part: "containerCpuset",
      flag: "cpuset-cpus",
      parse: unlessInfinite,
      path: ["CpusetCpus"],
      format: nonEmpty,
    },
    {
      part: "containerMems",
      flag: "cpuset-mems",
      parse: unlessInfinite,
      path: ["CpusetMems"],
      format: nonEmpty,
    },
    // podman also writes `--cpus` as a quota per period.
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

/** Shares of the processors, and the processors that may be used. */
export const cpu = limitRow(CPU);
