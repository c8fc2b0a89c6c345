import { LIMIT_SETTINGS } from "../../quadlet/limit-settings.ts";
import { type LimitRow, limitRow } from "../row-builders/limit-row.ts";
import {
  containerSize,
  positive,
  positiveSize,
  protectionText,
  serviceProtection,
  serviceSize,
  sizeText,
  unlessInfinite,
} from "../row-builders/limit-values.ts";

const MEMORY: LimitRow = {
  name: "memory",
  unit: [
    {
      part: "max",
      setting: LIMIT_SETTINGS.memory.max,
      parse: serviceSize,
      live: (service) => sizeText(service.memoryMax),
    },
    {
      part: "high",
      setting: LIMIT_SETTINGS.memory.high,
      parse: serviceSize,
      live: (service) => sizeText(service.memoryHigh),
    },
    {
      part: "swapMax",
      setting: LIMIT_SETTINGS.memory.swapMax,
      parse: serviceSize,
      live: (service) => sizeText(service.memorySwapMax),
    },
    {
      part: "zswapMax",
      setting: LIMIT_SETTINGS.memory.zswapMax,
      parse: serviceSize,
      live: (service) => sizeText(service.memoryZSwapMax),
    },
    {
      part: "min",
      setting: LIMIT_SETTINGS.memory.min,
      parse: serviceProtection,
      live: (service) => protectionText(service.memoryMin),
    },
    {
      part: "low",
      setting: LIMIT_SETTINGS.memory.low,
      parse: serviceProtection,
      live: (service) => protectionText(service.memoryLow),
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
      // Without the flag, podman sets twice the memory.
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
      parse: (text) => (text === "-1" ? undefined : unlessInfinite(text)),
      path: ["MemorySwappiness"],
      // podman shows 0 or -1 if none is set.
      format: positive,
    },
  ],
};

/** Memory limits: [Service] is compared with the service's cgroup, podman's flags with the container. */
export const memory = limitRow(MEMORY);
