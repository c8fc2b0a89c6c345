/** `[Service]` limits of the cgroup as drift names them: the row, the part, the setting. */
export const LIMIT_SETTINGS = {
  memory: {
    max: "MemoryMax",
    high: "MemoryHigh",
    swapMax: "MemorySwapMax",
    zswapMax: "MemoryZSwapMax",
    min: "MemoryMin",
    low: "MemoryLow",
  },
  cpu: { quota: "CPUQuota", weight: "CPUWeight", startupWeight: "StartupCPUWeight" },
  tasks: { max: "TasksMax" },
  io: { weight: "IOWeight", startupWeight: "StartupIOWeight" },
} as const;

/** The path by which drift shows a setting that `systemctl set-property` can change: `memory.max`. */
export const LIMIT_PATHS: ReadonlyMap<string, string> = new Map(
  Object.entries(LIMIT_SETTINGS).flatMap(([row, parts]) =>
    Object.entries(parts).map(([part, setting]) => [setting, `${row}.${part}`] as const),
  ),
);

/**
 * The setting that a drop-in of `systemctl set-property` changes; undefined for any other path. systemd
 * writes one file per setting below `*.control/`. It calls the file of a percentage `50-MemoryMaxScale.conf`.
 */
export function controlSetting(path: string): string | undefined {
  return /\/(?:system|user)\.control\/[^/]+\/50-(\w+?)(?:Scale)?\.conf$/.exec(path)?.[1];
}

/** The values that systemd takes for a limit, by their form: a size, a percentage, a weight, a number. */
const SIZE = /^(infinity|\d[\d.\sKMGTPEB]*%?)$/;
const FORMS: Readonly<Record<string, (value: string) => boolean>> = {
  ...Object.fromEntries(
    Object.values(LIMIT_SETTINGS.memory).map((setting) => [setting, (value: string) => SIZE.test(value)]),
  ),
  CPUQuota: (value) => /^\d+(\.\d+)?%$/.test(value),
  CPUWeight: (value) => value === "idle" || isWeight(value),
  StartupCPUWeight: (value) => value === "idle" || isWeight(value),
  TasksMax: (value) => /^(infinity|\d+(\.\d+)?%?)$/.test(value),
  IOWeight: isWeight,
  StartupIOWeight: isWeight,
};

/**
 * Whether systemd may take the value for this setting. True for settings that are no limits, for an empty
 * value, which resets the limit, and for a value that has the form of one.
 */
export function isLimit(setting: string, value: string): boolean {
  const form = Object.hasOwn(FORMS, setting) ? FORMS[setting] : undefined;
  return form === undefined || value === "" || form(value);
}

function isWeight(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 10_000;
}
