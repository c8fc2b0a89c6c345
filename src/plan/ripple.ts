import type { Generated } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import { dependants, dependencies } from "./order.ts";

/**
 * Adds what a change drags along: a changed drop-in changes its unit, and whatever sits on a network or in
 * a pod that is recreated has to be recreated too.
 */
export function ripple(changes: readonly Change[], generated: Generated): readonly Change[] {
  const withDropIns = restartAll(
    changes,
    dropInOwners(changes),
    "unit-changed",
    "a drop-in of the unit changed",
  );
  const recreated = withDropIns.filter(isRecreated).flatMap((change) => change.service ?? []);
  const affected = dependants(recreated, dependencies(generated));
  const units = new Set(
    [...generated.services.values()].filter((row) => affected.has(row.service)).map((row) => row.unit),
  );
  return restartAll(
    withDropIns,
    units,
    "dependency-restarted",
    `it depends on ${recreated.join(", ")}, which is recreated`,
  );
}

function dropInOwners(changes: readonly Change[]): ReadonlySet<string> {
  const touched = changes.filter(
    (change) => change.action !== "none" && mainUnitOf(change.unit) !== change.unit,
  );
  return new Set(touched.map((change) => mainUnitOf(change.unit)));
}

function isRecreated(change: Change): boolean {
  const kind = unitKindOf(change.unit);
  return (
    (kind === "network" || kind === "pod") && (change.action === "update" || change.action === "restart")
  );
}

function restartAll(
  changes: readonly Change[],
  units: ReadonlySet<string>,
  code: "unit-changed" | "dependency-restarted",
  message: string,
): readonly Change[] {
  return changes.map((change) =>
    change.action === "none" && units.has(change.unit)
      ? { ...change, action: "restart" as const, reasons: [...change.reasons, reason(code, message)] }
      : change,
  );
}
