import { dirname, isAbsolute } from "node:path";
import { messageOf } from "../lib/error-message.ts";
import { isWithin } from "../lib/is-within.ts";
import { unitPath } from "../model/plain-unit.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { isGitMode, isModeOf, mainUnitOf, permissionsIn, type Unit } from "../model/unit.ts";
import { type ApplyInput, failure, work } from "./context.ts";

/**
 * Removes the files of deletions and writes those of creations and updates. If a file at a manifest's own
 * path cannot be written or removed, its instance fails: all its changes come back as failed. The unit
 * directory serves all instances, so an error there throws.
 */
export async function writeFiles(input: ApplyInput): Promise<readonly Outcome[]> {
  const changes = work(input.plan);
  const units = new Map(input.units.map((unit) => [unit.name, unit]));
  const problems = new Map<string, string>();
  const isDeleted = (change: Change) => change.action === "delete";
  const inOrder = [...changes.filter(isDeleted), ...changes.filter((change) => !isDeleted(change))];
  for (const change of inOrder.filter(({ action }) => action !== "restart")) {
    const unit = units.get(change.unit);
    const effect = isDeleted(change) ? removeFile(input, change) : unit && writeFile(input, unit);
    const problem = await problemOf(effect, change);
    if (problem !== undefined) problems.set(change.instance, problem);
  }
  return changes.flatMap((change) => {
    const problem = problems.get(change.instance);
    return problem === undefined ? [] : [failure(change, 0, problem)];
  });
}

async function problemOf(effect: Promise<void> | undefined, change: Change): Promise<string | undefined> {
  try {
    await effect;
    return undefined;
  } catch (error) {
    if (!isAbsolute(change.unit)) throw error;
    return messageOf(error);
  }
}

async function writeFile({ host }: Pick<ApplyInput, "host">, unit: Unit): Promise<void> {
  const path = unitPath(host.facts, unit.name);
  await host.files.write(path, unit.content, { mode: await modeFor(host, unit, path) });
}

/** git says nothing about who may read a file, so that a person may have restricted this on the host. */
async function modeFor({ files }: ApplyInput["host"], unit: Unit, path: string): Promise<number> {
  const found = isGitMode(unit.mode) ? await files.stat(path) : undefined;
  return found?.kind === "file" && isModeOf(unit, found.mode) ? found.mode : permissionsIn(unit.mode);
}

async function removeFile({ host }: Pick<ApplyInput, "host">, change: Change): Promise<void> {
  const path = unitPath(host.facts, change.unit);
  await host.files.remove(path);
  const { unitDir } = host.facts;
  const folder = dirname(path);
  if (isWithin(path, unitDir)) await removeEmptyFolders(host, folder);
  else if (mainUnitOf(change.unit) !== change.unit) await host.files.removeEmptyFolder(folder);
}

/** Folders of drop-ins, and those for files beside Quadlets. */
async function removeEmptyFolders(host: ApplyInput["host"], folder: string): Promise<void> {
  const { unitDir } = host.facts;
  if (folder === unitDir || !isWithin(folder, unitDir)) return;
  await host.files.removeEmptyFolder(folder);
  await removeEmptyFolders(host, dirname(folder));
}

/** Removes the settings of `systemctl set-property` that the plan undoes. Returns whether there were any. */
export async function removeControls({ host, plan }: ApplyInput): Promise<boolean> {
  const paths = new Set(work(plan).flatMap(({ controls = [] }) => controls));
  for (const path of paths) await host.files.remove(path);
  return paths.size > 0;
}
