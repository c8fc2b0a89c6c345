import { mergeSettings } from "../model/settings-schema.ts";
import type { Tree } from "../model/tree.ts";
import { fetchHead, readWorkingTree, requireFolder } from "../source/index.ts";
import { type Context, step } from "./context.ts";

export { readCheckout } from "../source/index.ts";

/** Reads the branch's head, or the checkout as it is. */
export async function readTree(context: Context, workingTree: string | undefined): Promise<Tree> {
  const { host } = context;
  return step(context, "source", () =>
    workingTree === undefined
      ? fetchHead(host, mergeSettings(context.layers))
      : readWorkingTree(host, workingTree),
  );
}

/** Like `readTree`, but throws if the folder in the repository's head holds nothing for quadgate. */
export async function readFolder(context: Context, workingTree: string | undefined): Promise<Tree> {
  const tree = await readTree(context, workingTree);
  return workingTree === undefined ? requireFolder(tree, mergeSettings(context.layers)) : tree;
}
