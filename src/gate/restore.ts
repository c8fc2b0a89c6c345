import { isPinned } from "../lib/image-reference.ts";
import type { Change } from "../model/plan.ts";
import { hooksKey, imageKey, textKey } from "../model/unit.ts";
import type { GateInput } from "./input.ts";

/**
 * Whether the plan does nothing but bring back what was verified on this host before: everything it writes or restarts
 * is a text that was verified as this very unit, with the image and the hooks that were verified, and whatever it deletes never came to be
 * in force. So a revert of a bad commit counts, also where it removes the newcomer that did not get up, while the removal
 * of a proven or an adopted service does not.
 */
export function isRestore(input: GateInput): boolean {
  const { settings, plan } = input;
  return settings.restore === "allow" && plan.changes.every((change) => restores(change, input));
}

function restores(change: Change, input: GateInput): boolean {
  const { verified, inventory } = input;
  const { action, unit, digest, hooks, instance } = change;
  if (action === "none") return true;
  if (hooks !== undefined && !verified.has(hooksKey(instance, hooks))) return false;
  if (digest !== null) return verified.has(textKey(unit, digest)) && bringsKnownImage(unit, digest, input);
  // That a text is not among the verified ones does not make it worthless: they are bounded, and may be lost.
  return (inventory.units[unit]?.digest ?? null) === null;
}

/**
 * A tag may mean another image by now than the one with which the text was verified. Where nobody noted with which, the
 * container that is there has to have the very image.
 */
function bringsKnownImage(unit: string, digest: string, { images, verified, inventory }: GateInput): boolean {
  const image = images.get(unit);
  if (image === undefined || isPinned(image.reference)) return true;
  const { next, running } = image;
  if (next === null) return false;
  if (verified.has(imageKey(unit, digest, next))) return true;
  const isInForce = inventory.units[unit]?.digest === digest;
  return isInForce && running.length > 0 && running.every(({ id }) => id === next);
}
