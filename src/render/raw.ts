import { posix } from "node:path";
import { digestOf } from "../lib/digest.ts";
import type { RawInstance } from "../model/instance.ts";
import { plainKindOf } from "../model/plain-unit.ts";
import { GIT_MODE, mainUnitOf, orderDropInOf, type Unit, unitDigest, unitKindOf } from "../model/unit.ts";
import { managedBy } from "./compile.ts";
import type { Findings } from "./issues.ts";
import { dependedOn, unitsThatRun } from "./services.ts";
import type { World } from "./world.ts";

/**
 * Quadlet sources and plain systemd units, deployed byte for byte, and beside them what quadgate adds for
 * `DependsOn=`.
 */
export function rawUnits(instance: RawInstance, world: World, findings: Findings): readonly Unit[] {
  const units = [...asWritten(instance, findings), ...orderDropIns(instance, world)];
  const folder = world.placed.get(instance.name);
  return [...units.map((unit) => placed(unit, folder)), ...filesBeside(instance, world)];
}

/** Only what names paths goes to a folder: objects of podman stay where they are. */
function placed(unit: Unit, folder: string | undefined): Unit {
  const kind = unitKindOf(mainUnitOf(unit.name));
  const names = kind === "container" || kind === "pod" || kind === "kube" || kind === "build";
  return folder === undefined || !names ? unit : { ...unit, name: posix.join(folder, unit.name) };
}

/** The files that the Quadlets name, at the same place relative to them as in the repository. */
function filesBeside({ name, beside }: RawInstance, world: World): readonly Unit[] {
  const folder = posix.join(world.unitDir, world.placed.get(name) ?? "");
  return [...(beside ?? [])].map(([path, { source, content, executable }]) => {
    const written = { kind: "file", content, mode: executable ? GIT_MODE.program : GIT_MODE.file } as const;
    return {
      ...written,
      name: posix.join(folder, path),
      instance: name,
      digest: unitDigest(written),
      origin: { file: source },
    };
  });
}

function asWritten(instance: RawInstance, findings: Findings): readonly Unit[] {
  return [...instance.files].flatMap(([name, content]) => {
    const kind = mainUnitOf(name) === name ? (unitKindOf(name) ?? plainKindOf(name)) : "dropin";
    const file = fileOf(instance, name);
    if (kind === undefined) {
      findings.adopt({
        code: "raw-invalid",
        message: `${name} has no extension that Quadlet or systemd knows`,
        place: { file },
      });
      return [];
    }
    const lines = new Map(content.split("\n").map((_, index) => [index + 1, { file, line: index + 1 }]));
    const origin = { file };
    return [
      {
        name,
        kind,
        instance: instance.name,
        content,
        mode: "0644",
        digest: digestOf(content),
        origin,
        lines,
      },
    ];
  });
}

/** A drop-in for each unit that runs something: it starts after what the instance depends on, and with it. */
function orderDropIns(instance: RawInstance, world: World): readonly Unit[] {
  const services = dependedOn(instance, world);
  if (services.length === 0) return [];
  const lines = services.flatMap((service) => [`After=${service}`, `Wants=${service}`]);
  const content = `# ${managedBy(instance.place.file)}\n[Unit]\n${lines.join("\n")}\n`;
  return unitsThatRun(instance).map((unit) => ({
    name: orderDropInOf(unit),
    kind: "dropin",
    instance: instance.name,
    content,
    mode: "0644",
    digest: digestOf(content),
    origin: instance.places.get("dependsOn.0") ?? instance.place,
  }));
}

/** Drop-ins and further units of one instance are beside the file that it was read from. */
function fileOf(instance: RawInstance, name: string): string {
  const { file } = instance.place;
  return file.endsWith(`/${name}`) ? file : posix.join(posix.dirname(file), name);
}
