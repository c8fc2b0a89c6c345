import type { Issue } from "../model/issue.ts";
import type { Unit } from "../model/unit.ts";
import { playedContainers } from "../quadlet/argv/kube-yaml.ts";
import { allOf } from "../quadlet/argv/podman-call.ts";
import type { Generated } from "../quadlet/generated.ts";
import { placeOf } from "./conflicts.ts";

/**
 * Warns of `AutoUpdate=` in `.kube` units whose YAML has no object of the kind Pod: podman then labels no
 * container, and `podman auto-update` passes them over. `yaml` gives the text of a file by its path, or
 * undefined if it is not known.
 */
export function uselessAutoUpdates(
  units: readonly Unit[],
  { byUnit }: Pick<Generated, "byUnit">,
  yaml: (path: string) => string | undefined,
): readonly Issue[] {
  return units.flatMap((unit) => {
    const call = byUnit.get(unit.name)?.call;
    if (call?.subcommand !== "kube play") return [];
    const annotations = allOf(call.flags, "annotation");
    if (!annotations.some((pair) => pair.startsWith("io.containers.autoupdate"))) return [];
    const containers = call.rest.flatMap((path) => playedContainers(yaml(path) ?? "") ?? []);
    if (containers.length === 0 || containers.some(({ canAutoUpdate }) => canAutoUpdate)) return [];
    return [
      {
        code: "auto-update-unused",
        message: `AutoUpdate= of ${unit.name} does nothing: podman updates only objects of the kind Pod`,
        place: placeOf(unit, "AutoUpdate", "") ?? unit.origin,
        instance: unit.instance,
        hint: "leave it out, or write a Pod",
      },
    ];
  });
}
