/**
 * The setting that a drop-in of `systemctl set-property` is of; undefined for any other path. systemd writes one file for each
 * setting, below `*.control/`, and calls a percentage of `MemoryMax` `50-MemoryMaxScale.conf`.
 */
export function controlSetting(path: string): string | undefined {
  return /\/(?:system|user)\.control\/[^/]+\/50-(\w+?)(?:Scale)?\.conf$/.exec(path)?.[1];
}
