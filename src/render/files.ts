import { posix } from "node:path";
import { digestOf } from "../lib/digest.ts";
import { expandHome } from "../lib/expand-home.ts";
import type { PatternInstance } from "../model/instance.ts";
import { type Unit, unitDigest } from "../model/unit.ts";
import type { Findings } from "./issues.ts";

/** Container label with a digest of the instance's files, so that the container follows their content. */
export const LABEL_FILES = "io.quadgate.files-digest";

/** The repository files of an instance as units of kind `file`, named by their target on the host. */
export function fileUnits(
  instance: PatternInstance,
  files: ReadonlyMap<string, string>,
  home: string,
  findings: Findings,
): readonly Unit[] {
  return instance.spec.files.flatMap((file, index) => {
    const path = `files.${index}`;
    const target = expandHome(file.to, home);
    const content = files.get(file.from);
    if (content === undefined) {
      findings.add("source-missing", `${file.from} is not in the repository`, { path: `${path}.from` });
      return [];
    }
    if (!posix.isAbsolute(target) || posix.normalize(target) !== target || target.endsWith("/")) {
      findings.add("value-invalid", `"${file.to}" is not an absolute path of a file`, {
        path: `${path}.to`,
      });
      return [];
    }
    if (/\/containers\/systemd\//.test(target)) {
      findings.add("value-invalid", `"${file.to}" is in a folder of Quadlet units`, {
        path: `${path}.to`,
        hint: "put the unit itself into desired-state/",
      });
      return [];
    }
    const written = { kind: "file", content, mode: file.mode ?? "0644" } as const;
    return [
      {
        ...written,
        name: target,
        instance: instance.name,
        digest: unitDigest(written),
        origin: instance.places.get(path) ?? instance.place,
      },
    ];
  });
}

/** One digest over names, modes and contents. */
export function filesDigest(units: readonly Unit[]): string {
  const rows = units.map((unit) => [unit.name, unit.mode, digestOf(unit.content)]).toSorted();
  return digestOf(JSON.stringify(rows));
}
