import { dirname, join } from "node:path";
import { type Files, TEMPORARY_NAME } from "../model/host.ts";
import type { Inventory } from "../model/inventory.ts";
import { unitPath } from "../model/plain-unit.ts";
import type { Context } from "../planning/context.ts";

/** No write takes this long. Writes that need no lock, such as an approval, may be running now. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Removes the temporary files of interrupted writes from the state directory and from the folders of files
 * that quadgate owns. The caller holds the state directory's lock. Never throws, because a file that stays
 * does no harm.
 */
export async function sweep({ host }: Context, inventory: Inventory): Promise<void> {
  const { stateDir, unitDir } = host.facts;
  const owned = Object.keys(inventory.units).map((name) => unitPath(host.facts, name));
  const folders = new Set([stateDir, unitDir, ...owned.map((path) => dirname(path))]);
  const before = host.clock.now().getTime() - ABANDONED_AFTER_MS;
  for (const folder of folders) await sweepFolder(host.files, folder, before);
  // There are many generations, and quadgate writes to them only while a change is marked as begun.
  const interrupted = Object.values(inventory.units).some(({ pending }) => pending !== undefined);
  if (interrupted) await sweepTree(host.files, join(stateDir, "units"), before);
}

async function sweepFolder(files: Files, folder: string, before: number): Promise<readonly string[]> {
  const names = await files.list(folder).catch(() => []);
  for (const name of names.filter((candidate) => TEMPORARY_NAME.test(candidate))) {
    const path = join(folder, name);
    const found = await files.stat(path).catch(() => undefined);
    if (found?.kind === "file" && found.mtimeMs < before) await files.remove(path).catch(() => undefined);
  }
  return names;
}

async function sweepTree(files: Files, folder: string, before: number): Promise<void> {
  for (const name of await sweepFolder(files, folder, before)) {
    const path = join(folder, name);
    const found = await files.stat(path).catch(() => undefined);
    if (found?.kind === "directory") await sweepTree(files, path, before);
  }
}
