import { dirname, join } from "node:path";
import { isWithin } from "../lib/is-within.ts";
import type { Host } from "../model/host.ts";
import type { Issue } from "../model/issue.ts";
import type { Unit } from "../model/unit.ts";

/**
 * Refuses files that would land in quadgate's own folders, which hold its state and the host's settings. A
 * commit must write neither an approval nor settings of the host. Follows links in the path, as writing does.
 * Files beside Quadlets must stay in the unit folder: containers can put links into folders that they mount.
 */
export async function refuseOwnFolders(
  {
    files,
    facts,
  }: { readonly files: Pick<Host["files"], "stat" | "realPath">; readonly facts: Host["facts"] },
  units: readonly Unit[],
): Promise<readonly Issue[]> {
  const elsewhere = units.filter(({ kind }) => kind === "file");
  if (elsewhere.length === 0) return [];
  const own = [
    { folder: await whereLeads(files, facts.stateDir), what: "keeps its own state" },
    { folder: await whereLeads(files, facts.configDir), what: "looks for the host's settings" },
  ];
  const folders = new Map<string, string>();
  for (const folder of new Set(elsewhere.map(({ name }) => dirname(name))))
    folders.set(folder, await whereLeads(files, folder));
  const unitDir = await whereLeads(files, facts.unitDir);
  return elsewhere.flatMap(({ name, instance, origin }) => {
    const real = folders.get(dirname(name)) ?? dirname(name);
    if (isWithin(name, facts.unitDir) && !isWithin(real, unitDir)) {
      return {
        code: "value-invalid",
        message: `a link leads from ${dirname(name)} to ${real}, outside of the unit folder`,
        place: origin,
        instance,
        hint: "put a folder in place of the link, or name the absolute path in the Quadlet",
      };
    }
    const found = own.find(({ folder }) => isWithin(real, folder));
    if (found === undefined) return [];
    return {
      code: "value-invalid",
      message: `${name} would be written where quadgate ${found.what}`,
      place: origin,
      instance,
      hint: "choose a path that belongs to the instance; write settings of the host on the host",
    };
  });
}

/** Resolves symbolic links in the part of a path that exists, and appends the rest. */
async function whereLeads(files: Pick<Host["files"], "stat" | "realPath">, path: string): Promise<string> {
  const missing: string[] = [];
  let there = path;
  // A folder that cannot be read counts as it is named: writing there fails anyway.
  const isThere = () =>
    files.stat(there).then(
      (found) => found !== undefined,
      () => true,
    );
  while (dirname(there) !== there && !(await isThere())) {
    missing.unshift(there.slice(dirname(there).length));
    there = dirname(there);
  }
  return join(await files.realPath(there).catch(() => there), ...missing);
}
