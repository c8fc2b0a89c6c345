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
