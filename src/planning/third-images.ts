import type { Host } from "../model/host.ts";
import type { FailedAttempt, Inventory } from "../model/inventory.ts";
import { readImageKey } from "../model/unit.ts";
import { failedBefore } from "../plan/index.ts";
import { localImages } from "../quadlet/images.ts";
import { rememberFailures } from "../state/index.ts";
import { hooksOf, type RenderedState } from "./desired.ts";
import { playedImageIds } from "./kube-pins.ts";

/**
 * The inventory without the failed attempts that are over because a name now means a third image: neither
 * the one that failed nor the one in force. Only local images count, and nothing is pulled for this. podman
 * is asked only if there is such an attempt.
 */
export async function withoutOutdated(
  host: Pick<Host, "podman" | "files">,
  { units, state, generated }: RenderedState,
  inventory: Inventory,
): Promise<Inventory> {
  const known = [...failedBefore({ units, hooks: hooksOf(state), inventory })].flatMap(
    ([name, { images }]) =>
      images === undefined || inventory.due.includes(name) ? [] : [[name, images] as const],
  );
  if (known.length === 0) return inventory;
  const keys = known.flatMap(([, images]) => Object.keys(images));
  const played = keys
    .map(readImageKey)
    .flatMap(({ unit, container }) => (container === undefined ? [] : unit));
  const images = await host.podman.images();
  const local = {
    ...localImages(keys, { generated, images }),
    ...(await playedImageIds(host, played, { generated, units, images })),
  };
  const isOver = (name: string, failed: NonNullable<FailedAttempt["images"]>) =>
    Object.entries(failed).some(([key, id]) => {
      const now = local[key];
      return now !== undefined && now !== id && now !== inventory.texts[name]?.images[key];
    });
  const over = known.flatMap(([name, images]) => (isOver(name, images) ? [name] : []));
  return over.length === 0 ? inventory : rememberFailures(inventory, {}, new Set(over));
}
