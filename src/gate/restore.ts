import { isPinned } from "../lib/image-reference.ts";
import type { Change } from "../model/plan.ts";
import { hooksKey, imageKey, textKey } from "../model/unit.ts";
import type { GateInput } from "./input.ts";

/**
 * Whether the plan only brings back what was verified on this host before. Every text that it writes or
 * restarts was verified as the text of that unit, with the same image and hooks. Everything that it deletes
 * never came into force. So a revert of a bad commit is a restore, even if it removes a new service that
 * never came up. The removal of a proven or an adopted service is not.
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
  // A text that is not among the verified ones may still be good: that list is bounded, and may be lost.
  return (inventory.units[unit]?.digest ?? null) === null;
}

/**
 * A tag may now name another image than the one with which the text was verified. If no record says which
 * image that was, the existing container must run exactly this image.
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
