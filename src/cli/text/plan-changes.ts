import { diff, type IChange, Operation } from "json-diff-ts";
import type { Plan } from "../../model/plan.ts";

type Row = Pick<Plan["changes"][number], "unit" | "action">;

/**
 * How a plan differs from the one that the person saw, a line for each unit: `web.container: none -> update`.
 */
export function planChanges(shown: Plan, now: Plan): readonly string[] {
  const [units] = diff(rowsOf(shown), rowsOf(now), { embeddedObjKeys: { rows: "unit" } });
  return (units?.changes ?? []).map(lineOf).sort();
}

function rowsOf({ changes }: Plan): { readonly rows: readonly Row[] } {
  return { rows: changes.map(({ unit, action }) => ({ unit, action })) };
}

function lineOf({ key, type, value, changes }: IChange): string {
  const actionOf = (row: Row) => row.action;
  if (type === Operation.ADD) return `${key}: not planned before -> ${actionOf(value)}`;
  if (type === Operation.REMOVE) return `${key}: ${actionOf(value)} -> not planned any more`;
  const [action] = changes ?? [];
  return `${key}: ${action?.oldValue} -> ${action?.value}`;
}
