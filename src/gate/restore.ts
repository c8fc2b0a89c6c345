import type { Change } from "../model/plan.ts";
import { hooksKey, textKey } from "../model/unit.ts";
import type { GateInput } from "./input.ts";
import { movesImage } from "./moved-image.ts";

/**
 * Whether the plan does nothing but bring back what was verified on this host before: everything it writes or restarts
 * is a text that was verified as this very unit, with hooks that were verified, and whatever it deletes never came to be
 * in force. So a revert of a bad commit counts, also where it removes the newcomer that did not get up, while the removal
 * of a proven or an adopted service does not.
 */
export function isRestore(input: GateInput): boolean {
  const { settings, plan } = input;
  return settings.restore === "allow" && plan.changes.every((change) => restores(change, input));
}

function restores(change: Change, { verified, inventory }: GateInput): boolean {
  const { action, unit, digest, hooks, instance } = change;
  if (action === "none") return true;
  if (hooks !== undefined && !verified.has(hooksKey(instance, hooks))) return false;
  // The text was verified, and with another image.
  if (movesImage(change)) return false;
  if (action !== "delete") return digest !== null && verified.has(textKey(unit, digest));
  // That a text is not among the verified ones does not make it worthless: they are bounded, and may be lost.
  return (inventory.units[unit]?.digest ?? null) === null;
}
