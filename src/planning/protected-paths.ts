import { dirname, join } from "node:path";
import type { Host } from "../model/host.ts";
import type { Issue } from "../model/issue.ts";
import type { Unit } from "../model/unit.ts";

/**
 * Files that would land in quadgate's own folders, its state and the host's settings: a commit must not write an approval,
 * or settings that a host does not have. Links on the way are followed, as writing would.
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
  return elsewhere.flatMap(({ name, instance, origin }) => {
    const real = folders.get(dirname(name)) ?? dirname(name);
    const found = own.find(({ folder }) => real === folder || real.startsWith(`${folder}/`));
    if (found === undefined) return [];
    return {
      code: "value-invalid",
      message: `${name} is to be written where quadgate ${found.what}`,
      place: origin,
      instance,
      hint: "choose a place of the instance's own; settings of the host are written on the host",
    };
  });
}

/** A path without symbolic links as far as it exists, and what is not there yet behind that. */
async function whereLeads(files: Pick<Host["files"], "stat" | "realPath">, path: string): Promise<string> {
  const missing: string[] = [];
  let there = path;
  // A folder that cannot be looked into leads where its name says: writing there fails by itself.
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
