import { NETWORKS_INSTANCE } from "../../model/instance.ts";
import { reason } from "../../model/reasons.ts";
import type { Finding, GateInput, Rule } from "../input.ts";
import { asksForNothing } from "./prunes.ts";

/**
 * Git asks for nothing on this host, so everything that quadgate has here would go, except for units that
 * stay for another reason (a suspension, a network in use). The cause is more often a wrong branch, path or
 * host name than a wish.
 */
export const emptyDesiredState: Rule = { name: "empty-desired-state", forceable: false, judge };

function judge(input: GateInput): Finding | null {
  const { plan, inventory, allowEmpty } = input;
  if (allowEmpty || !asksForNothing(plan)) return null;
  // A deletion that was begun has passed this rule once, and a sync that was killed on the way must converge.
  const owned = Object.entries(inventory.units).filter(([, unit]) => unit.pending?.action !== "delete");
  const deleted = new Set(plan.changes.filter(({ action }) => action === "delete").map(({ unit }) => unit));
  const going = owned.filter(([unit]) => deleted.has(unit)).length;
  const unwanted = new Set(plan.changes.map(({ unit }) => unit));
  // Shared networks stay while anything is left alone. Networks alone do not count as something in use.
  const isLeft = owned.some(([unit, { instance }]) => instance !== NETWORKS_INSTANCE && !unwanted.has(unit));
  if (going === 0 || isLeft) return null;
  const what = going === owned.length ? `all ${going}` : `${going} of ${owned.length}`;
  const kept = going === owned.length ? "" : "; the others are suspended, or suspended instances need them";
  const message =
    `git asks for nothing on host ${plan.host}, so ${what} units of the inventory would be deleted${kept}; ` +
    "check the branch, the path and the host name, or allow an empty desired state explicitly";
  return { state: "blocked", reasons: [reason("empty-desired-state", message)] };
}
