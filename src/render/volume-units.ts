import type { Unit } from "../model/unit.ts";
import { compileTemplate, finishUnit, managedBy } from "./compile.ts";
import type { Component } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";

/** A unit for every named volume that a component mounts, so that podman's volume has an owner. */
export function volumeUnits(
  components: readonly Component[],
  { instance, engine, findings }: RenderDecisions,
): readonly Unit[] {
  const names = components.flatMap((component) => component.volumes.flatMap((volume) => volume.named ?? []));
  return [...new Set(names)].flatMap((volume) => {
    const template = "quadlets/volume";
    const rendered = engine.unit(template, { instance: instance.name, volume });
    if (!rendered.ok) {
      findings.adopt(rendered.issue);
      return [];
    }
    return [
      finishUnit({
        name: `${instance.name}-${volume}.volume`,
        kind: "volume",
        instance: instance.name,
        origin: instance.place,
        source: instance,
        comment: managedBy(instance.place.file),
        draft: compileTemplate(rendered.text, { template, instance, findings }),
      }),
    ];
  });
}
