const UNITS: readonly (readonly [string, number])[] = [
  ["T", 1024 ** 4],
  ["G", 1024 ** 3],
  ["M", 1024 ** 2],
  ["K", 1024],
];

/** Bytes of a size as podman and systemd both mean it (`4G`, `512m`, `1.5GiB`; 1024-based), or undefined. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const factor = UNITS.find(([letter]) => letter === match[2]?.toUpperCase())?.[1] ?? 1;
  const bytes = Math.floor(Number(match[1]) * factor);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest spelling that systemd reads back as the same number of bytes. */
export function formatSize(bytes: number): string {
  const unit = UNITS.find(([, factor]) => bytes % factor === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}

export interface MemoryLimits {
  readonly max: string;
  readonly high: string;
}

/**
 * The pair of limits for the unit's cgroup: the kernel slows the service down above `high` and kills it
 * above `max`. Without a given `high` it is 75 % of `max`, to the whole megabyte where it is that large.
 */
export function memoryLimits(max: string, high: string | undefined): MemoryLimits | { readonly bad: string } {
  const maxBytes = parseSize(max);
  if (maxBytes === undefined) return { bad: max };
  const highBytes = high === undefined ? threeQuarters(maxBytes) : parseSize(high);
  if (highBytes === undefined) return { bad: high ?? "" };
  return { max: formatSize(maxBytes), high: formatSize(highBytes) };
}

function threeQuarters(bytes: number): number {
  const exact = Math.floor(bytes * 0.75);
  const megabyte = 1024 ** 2;
  return exact >= megabyte ? exact - (exact % megabyte) : exact;
}
