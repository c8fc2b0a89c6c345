import { NETWORKS_INSTANCE } from "../../model/instance.ts";
import { reason } from "../../model/reasons.ts";
import type { Finding, GateInput, Rule } from "../input.ts";
import { asksForNothing, ownedQuadlets, prunesOf } from "./prunes.ts";

/**
 * A sync may delete at most `prune.maxFraction` of the Quadlet units in the inventory. Removing one instance, or one
 * unit, is an everyday act and always passes, with the networks that nobody uses any more, however small the inventory
 * is; only `maxFraction: 0` asks for the explicit flag there too. Who allows an empty desired state has said all there
 * is to say.
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
