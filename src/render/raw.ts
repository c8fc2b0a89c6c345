import { posix } from "node:path";
import type { RawInstance } from "../model/instance.ts";
import { digestOf, mainUnitOf, type Unit, unitKindOf } from "../model/unit.ts";
import type { Findings } from "./issues.ts";

/** Quadlet sources deployed byte for byte. */
export function rawUnits(instance: RawInstance, findings: Findings): readonly Unit[] {
  return [...instance.files].flatMap(([name, content]) => {
    const kind = mainUnitOf(name) === name ? unitKindOf(name) : "dropin";
    const file = fileOf(instance, name);
    if (kind === undefined) {
      findings.adopt({
        code: "raw-invalid",
        message: `${name} has no extension that Quadlet knows`,
        place: { file },
      });
      return [];
    }
    const fault = syntaxFault(content);
    if (fault !== undefined) {
      findings.adopt({ code: "raw-invalid", message: fault.message, place: { file, line: fault.line } });
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

/** Drop-ins and further units of one instance stand beside the file that the instance was read from. */
function fileOf(instance: RawInstance, name: string): string {
  const { file } = instance.place;
  return file.endsWith(`/${name}`) ? file : posix.join(posix.dirname(file), name);
}

/**
 * The first line that no unit file may have. One such file makes podman's generator drop every Quadlet of its
 * folder, so it must never get there.
 */
function syntaxFault(content: string): { readonly message: string; readonly line: number } | undefined {
  let section = false;
  let continued = false;
  for (const [index, line] of content
    .split("\n")
    .map((text) => text.trim())
    .entries()) {
    if (line === "" || /^[#;]/.test(line)) continue;
    const isSection = /^\[[^[\]\p{Cc}]+\][ \t]*$/u.test(line);
    if (!continued && !isSection) {
      if (!/^[^=\s][^=]*=/.test(line))
        return { message: "is not a section, a comment or key=value", line: index + 1 };
      if (!section) return { message: "stands before any [Section]", line: index + 1 };
    }
    section ||= isSection;
    continued = line.endsWith("\\");
  }
  return undefined;
}
