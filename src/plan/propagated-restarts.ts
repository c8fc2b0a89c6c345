import { type Change, restartsService } from "../model/plan.ts";
import { type ReasonCode, reason } from "../model/reasons.ts";
import { mainUnitOf } from "../model/unit.ts";
import type { Links } from "../quadlet/links.ts";
import { dependants } from "../quadlet/order.ts";

/**
 * Adds the restarts that a change causes: a changed drop-in changes its unit, and systemd restarts what
 * requires a restarted service. Units that change anyway get the reason too, because they must leave a
 * network before podman recreates it.
 */
export function propagateRestarts(changes: readonly Change[], bonds: Links): readonly Change[] {
  const touched = changes.filter(
    ({ unit, action, reloadOnly }) => action !== "none" && !reloadOnly && mainUnitOf(unit) !== unit,
  );
  const owners = new Set(touched.map(({ unit }) => mainUnitOf(unit)));
  const withDropIns = changes.map((change) =>
    (change.action === "none" || change.reloadOnly) && owners.has(change.unit)
      ? restarted(change, "unit-changed", "a drop-in of the unit changed")
      : change,
  );
  const causes = causesOf(withDropIns, bonds);
  return withDropIns.map((change) => {
    const cause = causes.get(change.service ?? "");
    if (cause === undefined || change.loadOnly !== undefined) return change;
    return restarted(change, "dependency-restarted", `it depends on ${cause.join(", ")}, which is recreated`);
  });
}

/** Service to the services that restart it when they restart. */
function causesOf(changes: readonly Change[], bonds: Links): ReadonlyMap<string, readonly string[]> {
  const causes = new Map<string, readonly string[]>();
  for (const service of changes.filter(isRestarted).flatMap((change) => change.service ?? [])) {
    for (const other of dependants([service], bonds))
      if (other !== service) causes.set(other, [...(causes.get(other) ?? []), service]);
  }
  return causes;
}

/** A service of a new unit runs only if an interrupted sync has started it. */
export function isRestarted(change: Change): boolean {
  const { action, reasons } = change;
  if (action !== "create") return restartsService(change);
  return (
    restartsService({ ...change, action: "update" }) && reasons.some(({ code }) => code === "interrupted")
  );
}

function restarted({ reloadOnly: _, ...change }: Change, code: ReasonCode, message: string): Change {
  const started = change.loadOnly === undefined ? "restart" : "update";
  const action = change.action === "none" ? started : change.action;
  return { ...change, action, reasons: [...change.reasons, reason(code, message)] };
}
