import type { Flat } from "./flat.ts";

/** A part that differs; `undefined` if a side does not have it. */
export interface Difference {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The parts in which two values differ, by key. */
export function differences(from: Flat, to: Flat): readonly Difference[] {
  if (from === to) return [];
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...keys]
    .filter((key) => from[key] !== to[key])
    .sort((a, b) => a.localeCompare(b))
    .map((key) => ({ key, from: from[key], to: to[key] }));
}
