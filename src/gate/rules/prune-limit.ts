import { NETWORKS_INSTANCE } from "../../model/instance.ts";
import { reason } from "../../model/reasons.ts";
import type { Finding, GateInput, Rule } from "../input.ts";
import { asksForNothing, ownedQuadlets, prunesOf } from "./prunes.ts";

/**
 * A sync may delete at most `prune.maxFraction` of the Quadlet units in the inventory. The removal of a
 * single instance or unit is an everyday act and always passes, however small the inventory is. So does the
 * removal of the networks that are then unused. Only `maxFraction: 0` requires the explicit flag for those
 * too. A person who allows an empty desired state needs no second flag.
 */
export const pruneLimit: Rule = { name: "prune-limit", forceable: false, judge };

function judge(input: GateInput): Finding | null {
  const prunes = prunesOf(input);
  const owned = ownedQuadlets(input);
  const { maxFraction } = input.settings.prune;
  const instances = new Set(prunes.map((change) => change.instance));
  instances.delete(NETWORKS_INSTANCE);
  const single = instances.size <= 1 && maxFraction > 0;
  const allowed = input.allowPrune || (input.allowEmpty && asksForNothing(input.plan));
  if (allowed || single || prunes.length <= maxFraction * owned) return null;
  const message =
    `${prunes.length} of ${owned} units would be deleted (${prunes.map((c) => c.unit).join(", ")}), ` +
    `more than prune.maxFraction ${maxFraction} allows; check what git has, or allow the prune explicitly`;
  return { state: "blocked", reasons: [reason("prune-limit", message)] };
}
