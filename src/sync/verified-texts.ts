import type { Change } from "../model/plan.ts";
import { hooksKey, imageKey, textKey } from "../model/unit.ts";
import type { UnitImage } from "../model/unit-image.ts";
import { unitImages } from "../quadlet/images.ts";

/**
 * What changes that went well prove, for a later plan that brings it back (`restore`): the texts, the images with which
 * they run as the host was observed then, and the hooks.
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

/** A job has no container any more once it has ended: what ran is what its name means. */
function idsOf(image: UnitImage | undefined): readonly string[] {
  if (image === undefined) return [];
  const { next, running } = image;
  if (running.length > 0) return running.map(({ id }) => id);
  return next === null ? [] : [next];
}
