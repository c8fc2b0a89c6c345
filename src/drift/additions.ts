import type { LiveState } from "../model/live.ts";
import { joinsPod, mainUnitOf, type Unit } from "../model/unit.ts";

/**
 * What others have put on the host that changes what Quadlet makes of a unit, in words; empty if it is not
 * known.
 */
export function additionsTo(
  unit: Pick<Unit, "name" | "kind">,
  declared: ReadonlySet<string>,
  live: Pick<LiveState, "files">,
): readonly string[] {
  const folders = new Set(dropInFolders(unit.name));
  const found = [...live.files.values()]
    .filter(({ name }) => !declared.has(name))
    .flatMap(({ name, content }) => {
      if (folders.has(baseOf(folderOf(name)))) return [name];
      return unit.kind === "pod" && joinsPod(content, unit.name)
        ? [`${mainUnitOf(name)}, which joins the pod`]
        : [];
    });
  return [...new Set(found)].sort();
}

/**
 * Names of the drop-in folders that Quadlet merges into a unit, anywhere below the folders that it reads.
 * There is one for the kind, one for each beginning of the name that ends at a dash, one for the template and
 * one for the unit itself (podman-systemd.unit(5)).
 */
function dropInFolders(unit: string): readonly string[] {
  const dot = unit.lastIndexOf(".");
  const [stem, kind] = [baseOf(unit.slice(0, dot)), unit.slice(dot + 1)];
  const template = stem.replace(/@.*/, "@");
  const beginnings = [...template.matchAll(/-/g)].map(({ index }) => template.slice(0, index + 1));
  return [`${kind}.d`, ...[...beginnings, template, stem].map((name) => `${name}.${kind}.d`)];
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
