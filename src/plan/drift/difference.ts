import { diff, type IChange, Operation } from "json-diff-ts";
import type { Flat } from "./row.ts";

/** A part that differs; `undefined` where a side does not have it. */
export interface Difference {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The parts in which two values differ, by key. */
export function differences(from: Flat, to: Flat): readonly Difference[] {
  return diff(from, to)
    .filter((change) => change.type !== Operation.UPDATE || change.value !== change.oldValue)
    .map(toDifference)
    .sort((a, b) => a.key.localeCompare(b.key));
}

function toDifference(change: IChange): Difference {
  const value = change.value === undefined ? undefined : String(change.value);
  if (change.type === Operation.ADD) return { key: change.key, from: undefined, to: value };
  if (change.type === Operation.REMOVE) return { key: change.key, from: value, to: undefined };
  return { key: change.key, from: String(change.oldValue), to: value };
}
