import type { Change } from "../model/plan.ts";
import { hooksKey, imageKey, textKey } from "../model/unit.ts";
import type { UnitImage } from "../model/unit-image.ts";
import { unitImages } from "../quadlet/images.ts";

/**
 * What successful changes prove for a later plan that restores it (`restore`): the texts, the images with
 * which they were observed to run, and the hooks.
 */
export function verifiedKeys(
  changes: readonly Change[],
  host: Parameters<typeof unitImages>[1],
): readonly string[] {
  const images = unitImages(
    changes.map(({ unit }) => unit),
    host,
  );
  return changes.flatMap(({ instance, unit, digest, hooks }) => {
    if (digest === null) return [];
    return [
      textKey(unit, digest),
      ...idsOf(images.get(unit)).map((id) => imageKey(unit, digest, id)),
      ...(hooks === undefined ? [] : [hooksKey(instance, hooks)]),
    ];
  });
}

/** A job that has ended no longer has a container: it ran the image that its name refers to. */
function idsOf(image: UnitImage | undefined): readonly string[] {
  if (image === undefined) return [];
  const { next, running } = image;
  if (running.length > 0) return running.map(({ id }) => id);
  return next === null ? [] : [next];
}
