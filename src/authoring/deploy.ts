import { join } from "node:path";
import type { DesiredState } from "../model/desired-state.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { Tree } from "../model/tree.ts";
import type { Context } from "../planning/context.ts";
import { clonePath } from "../source/index.ts";
import type { Draft } from "./draft.ts";

/**
 * The head's tree with one file as a checkout has it. `deploy` takes a manifest that a person has not
 * committed yet, but nothing else that is uncommitted there.
 */
export async function withUncommitted(
  { host }: Context,
  tree: Tree,
  checkout: string | undefined,
  name: string,
): Promise<Tree> {
  if (checkout === undefined) return tree;
  const isOwn = ([file]: readonly [string, unknown]) => {
    const stem = /([^/]*)\.yaml$/.exec(file)?.[1];
    // An entry of a stack is in the file of the stack.
    return stem === name || (stem !== undefined && name.startsWith(`${stem}-`));
  };
  const there = await host.files.tree(checkout, ["desired-state"]);
  const [own, refused] = [[...there.files].filter(isOwn), [...(there.refused ?? [])].filter(isOwn)];
  const instead = new Set([...own, ...refused].map(([file]) => file));
  const kept = <T>(of: Iterable<readonly [string, T]>) => [...of].filter(([file]) => !instead.has(file));
  return {
    ...tree,
    files: new Map([...kept(tree.files), ...own]),
    refused: new Map([...kept(tree.refused ?? []), ...refused]),
  };
}

export interface CommitResult {
  readonly revision: string;
  /** The head before the commit. `rollback` goes back to it. */
  readonly before: string | null;
  readonly changed: boolean;
  /** The checkout with the manifest, and whether it has the commit; absent if there is no checkout. */
  readonly checkout?: { readonly folder: string; readonly state: CheckoutState };
}

/**
 * `there`: the commit was made in the checkout; `moved`: the checkout was updated to it; `behind`: it was
 * not.
 */
type CheckoutState = "there" | "moved" | "behind";

/**
 * Commits a draft's file, and nothing else, to the repository's branch. Updates a person's checkout if it
 * can.
 */
export async function commitDraft(
  { host, layers }: Context,
  tree: Tree,
  draft: Draft,
  checkout: string | undefined,
): Promise<CommitResult> {
  const settings = mergeSettings(layers);
  const place = {
    repository: settings.repository ?? "",
    clone: clonePath(host.facts.stateDir),
    branch: settings.branch,
  };
  const revision = await host.git.commitFiles({
    ...place,
    files: new Map([[join(settings.path, draft.file), draft.text]]),
    message: `Deploy ${draft.name}\n\nMade by quadgate deploy.\n`,
  });
  const committed = { revision, before: tree.revision, changed: revision !== tree.revision };
  if (!committed.changed || checkout === undefined) return committed;
  const state = await host.git.catchUp({
    ...place,
    commit: revision,
    folder: checkout,
    files: new Map([[draft.file, draft.text]]),
  });
  return state === "unrelated" ? committed : { ...committed, checkout: { folder: checkout, state } };
}

/** Instances with all that they depend on, directly or not. */
export function withDependencies(state: DesiredState, names: readonly string[]): ReadonlySet<string> {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    const instance = state.instances.find((one) => one.name === name);
    if (instance?.kind === "pattern") for (const other of instance.spec.dependsOn) add(other);
  };
  for (const name of names) add(name);
  return wanted;
}
