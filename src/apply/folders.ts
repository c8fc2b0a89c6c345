import { QuadgateError } from "../model/errors.ts";
import type { Folder } from "../model/host-requirements.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { type ApplyInput, failure, work } from "./context.ts";

/**
 * Makes the folders that the units about to start mount, parents first. An existing folder stays as it is;
 * only at an instance's first deployment does an empty one get what the pattern wants. If a folder cannot
 * be made, all changes of the instances that mount it come back as failed and are not carried out.
 */
export async function makeFolders(input: ApplyInput): Promise<readonly Outcome[]> {
  const starting = work(input.plan).filter(({ action }) => action !== "delete");
  const problems = new Map<string, string>();
  for (const folder of input.folders) {
    const users = starting.filter(({ unit }) => folder.units.includes(unit));
    if (users.length === 0) continue;
    const problem = await ensure(input, folder, users);
    if (problem !== undefined) for (const { instance } of users) problems.set(instance, problem);
  }
  return work(input.plan).flatMap((change) => {
    const problem = problems.get(change.instance);
    return problem === undefined ? [] : [failure(change, 0, problem)];
  });
}

async function ensure(
  { host }: ApplyInput,
  folder: Folder,
  users: readonly Change[],
): Promise<string | undefined> {
  try {
    const state = await host.folders.look(folder.path);
    const first = folder.declared && users.some(({ action }) => action === "create");
    if (state === undefined) await host.folders.make(folder);
    else if (first && state.kind === "directory" && state.empty) await host.folders.adapt(folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof QuadgateError)) throw error;
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  }
}
