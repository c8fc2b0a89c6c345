import { posix } from "node:path";
import { digestOf } from "../lib/digest.ts";
import type { RawInstance } from "../model/instance.ts";
import { plainKindOf } from "../model/plain-unit.ts";
import { mainUnitOf, type Unit, unitKindOf } from "../model/unit.ts";
import type { Findings } from "./issues.ts";

/** Quadlet sources and plain systemd units, deployed byte for byte. */
export function rawUnits(instance: RawInstance, findings: Findings): readonly Unit[] {
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

/** Drop-ins and further units of one instance are beside the file that it was read from. */
function fileOf(instance: RawInstance, name: string): string {
  const { file } = instance.place;
  return file.endsWith(`/${name}`) ? file : posix.join(posix.dirname(file), name);
}
