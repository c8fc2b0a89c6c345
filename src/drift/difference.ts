import { diff, type IChange, Operation } from "json-diff-ts";
import type { Flat } from "./flat.ts";

/** A part that differs; `undefined` where a side does not have it. */
export interface Difference {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The parts in which two values differ, by key. */
export function differences(from: Flat, to: Flat): readonly Difference[] {
  if (isSame(from, to)) return [];
  return diff(from, to)
    .filter((change) => change.type !== Operation.UPDATE || change.value !== change.oldValue)
    .map(toDifference)
    .sort((a, b) => a.key.localeCompare(b.key));
}

/** Nearly all values are, and the library takes its time to say so. */
function isSame(from: Flat, to: Flat): boolean {
  if (from === to) return true;
  let count = 0;
  for (const key in from) {
    if (from[key] !== to[key]) return false;
    count += 1;
  }
  for (const _ in to) count -= 1;
  return count === 0;
}

function toDifference(change: IChange): Difference {
  const value = change.value === undefined ? undefined : String(change.value);
  if (change.type === Operation.ADD) return { key: change.key, from: undefined, to: value };
  if (change.type === Operation.REMOVE) return { key: change.key, from: value, to: undefined };
  return { key: change.key, from: String(change.oldValue), to: value };
}
