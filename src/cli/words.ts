import { resolve } from "node:path";
import type { Arguments, Session } from "./command.ts";

/** The instances that the words name; absent when there are none. */
export function namedInstances(args: Arguments): ReadonlySet<string> | undefined {
  return args.words.length > 0 ? new Set(args.words) : undefined;
}

/** The folder that `--working-tree` names; without a name, the working folder. */
export function workingTree(session: Session, args: Arguments): string | undefined {
  const given = args.options.workingTree;
  if (given === undefined || given === false) return undefined;
  return resolve(session.io.workingFolder, typeof given === "string" ? given : ".");
}
