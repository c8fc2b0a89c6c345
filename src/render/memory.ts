import { formatWholeSize, parseLimit } from "../lib/size.ts";

export interface MemoryLimits {
  readonly max: string;
  readonly high: string;
}

/**
 * The two limits for the unit's cgroup: the kernel slows the service down above `high` and kills it above
 * `max`. Without a given `high`, it is 75 % of `max`, in whole megabytes if it is that large.
 */
export function memoryLimits(max: string, high: string | undefined): MemoryLimits | { readonly bad: string } {
  const maxBytes = parseLimit(max);
  if (maxBytes === undefined) return { bad: max };
  const highBytes = high === undefined ? threeQuarters(maxBytes) : parseLimit(high);
  if (highBytes === undefined) return { bad: high ?? "" };
  return { max: formatWholeSize(maxBytes), high: formatWholeSize(highBytes) };
}

function threeQuarters(bytes: number): number {
  const exact = Math.floor(bytes * 0.75);
  const megabyte = 1024 ** 2;
  return exact >= megabyte ? exact - (exact % megabyte) : exact;
}
