import type { Inventory } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import type { SpecifierFacts } from "./argv/expand-specifiers.ts";
import { playedPods } from "./argv/kube-yaml.ts";
import { lastOf, type PodmanCall } from "./argv/podman-call.ts";
import { serviceCommand } from "./argv/service-command.ts";
import { parseUnitText } from "./argv/unit-text.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import type { Generated } from "./generated.ts";

/** A name that podman gives to an object. A container and a pod may share one. */
export interface PodmanName {
  readonly kind: "container" | "pod";
  readonly name: string;
}

/** A name that a unit takes when it starts. Podman removes the object that has the name until then. */
export interface TakenName extends PodmanName {
  readonly instance: string;
  readonly unit: Unit;
}

/** A name as one text: `pod app`. */
export function nameKey({ kind, name }: PodmanName): string {
  return `${kind} ${name}`;
}

/**
 * The names that units take. Those in a YAML file count too: the file comes from a unit that puts it on the
 * host, or else from `inputs`, by its absolute path. Names that only systemd knows are left out.
 */
export function takenNames(
  units: readonly Unit[],
  generated: Generated,
  inputs: ReadonlyMap<string, string>,
): readonly TakenName[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const yaml = (path: string) => byName.get(path)?.content ?? inputs.get(path);
  return [...generated.services.values()].flatMap((found) => {
    const unit = byName.get(found.unit);
    if (unit === undefined) return [];
    return namesOf(found.call, yaml).map((name) => ({ ...name, instance: unit.instance, unit }));
  });
}

/** Whether a deployed unit already has the name, according to the text that systemd has loaded. */
export function hasHadName(
  { unit, kind, name }: TakenName,
  { units }: Pick<Inventory, "units">,
  live: Pick<LiveState, "generated" | "inputs">,
  facts: SpecifierFacts,
): boolean {
  const { service = null, digest = null } = units[unit.name] ?? {};
  const loaded = live.generated.get(service ?? "");
  if (service === null || digest === null || loaded === undefined) return false;
  const call = serviceCommand(parseUnitText(loaded), service, facts);
  return namesOf(call, (path) => live.inputs.get(path)).some(
    (other) => other.kind === kind && other.name === name,
  );
}

/** Podman's generator gives `--replace` to `podman run`, `pod create` and `kube play`. */
function namesOf(
  call: PodmanCall | undefined,
  yaml: (path: string) => string | undefined,
): readonly PodmanName[] {
  return allNames(call, yaml).filter(({ name }) => name !== "" && !isUnknown(name));
}

function allNames(
  call: PodmanCall | undefined,
  yaml: (path: string) => string | undefined,
): readonly PodmanName[] {
  const name = (call && lastOf(call.flags, "name")) ?? "";
  switch (call?.subcommand) {
    case "run":
      return [{ kind: "container", name }];
    case "pod create":
      return [{ kind: "pod", name }];
    case "kube play":
      return call.rest.flatMap((path) =>
        playedPods(yaml(path) ?? "").map((pod): PodmanName => ({ kind: "pod", name: pod })),
      );
    default:
      return [];
  }
}
