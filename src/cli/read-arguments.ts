import { join, resolve } from "node:path";
import { oneLine } from "../lib/one-line.ts";
import { TREE_ROOTS } from "../model/tree.ts";
import { checkoutAround, checkoutOfSettings } from "./authoring/checkout.ts";
import { type Arguments, type Session, textOption } from "./command.ts";

/** The instances that the words name; undefined if there are no words. */
export function namedInstances(args: Arguments): ReadonlySet<string> | undefined {
  return args.words.length > 0 ? new Set(args.words) : undefined;
}

/**
 * The folder that `--working-tree` names. Without a name, it is the closest checkout: the working folder or
 * one above it. If there is none, it is the repository of the settings, provided that is a checkout.
 */
export async function workingTree(session: Session, args: Arguments): Promise<string | undefined> {
  const given = args.options.workingTree;
  const { workingFolder } = session.io;
  if (given === undefined || given === false) return undefined;
  if (typeof given === "string") return resolve(workingFolder, given);
  if (await holdsAny(session, workingFolder)) return workingFolder;
  return (await checkoutAround(session)) ?? (await checkoutOfSettings(session)) ?? workingFolder;
}

async function holdsAny({ host }: Session, folder: string): Promise<boolean> {
  const found = await Promise.all(TREE_ROOTS.map((root) => host.files.stat(join(folder, root))));
  return found.some((stat) => stat !== undefined);
}

/** The reason that a person gives, on one line; undefined without `--reason`. */
export function givenReason(args: Arguments): string | undefined {
  const text = textOption(args, "reason");
  return text === undefined ? undefined : oneLine(text);
}
