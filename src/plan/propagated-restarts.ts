import { type Change, restartsService } from "../model/plan.ts";
import { type ReasonCode, reason } from "../model/reasons.ts";
import { fileNameOf, mainUnitOf } from "../model/unit.ts";
import type { Links } from "../quadlet/links.ts";
import { dependants } from "../quadlet/order.ts";

/** The units that read a file of a change; none of a unit. */
export type ReadersOf = (file: { readonly name: string; readonly instance: string }) => readonly string[];

/**
 * Adds the restarts that a change causes: a changed drop-in changes its unit, a changed file the units that
 * read it, and systemd restarts what requires a restarted service. Units that change anyway get the reason
 * too, because they must leave a network before podman recreates it.
 */
export function propagateRestarts(
  changes: readonly Change[],
  bonds: Links,
  readersOf: ReadersOf = () => [],
): readonly Change[] {
  const why = new Map<string, string>();
  for (const { unit, instance, action, reloadOnly } of changes) {
    if (action === "none" || reloadOnly) continue;
    for (const reader of readersOf({ name: unit, instance }))
      why.set(reader, `${fileNameOf(unit)}, which it reads, changed`);
    if (mainUnitOf(unit) !== unit) why.set(mainUnitOf(unit), "a drop-in of the unit changed");
  }
  const withParts = changes.map((change) => {
    const because = change.action === "none" || change.reloadOnly ? why.get(change.unit) : undefined;
    return because === undefined ? change : restarted(change, "unit-changed", because);
  });
  const causes = causesOf(withParts, bonds);
  return withParts.map((change) => {
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
