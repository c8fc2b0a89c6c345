import { QuadgateError } from "../model/errors.ts";
import type { Arguments, Session } from "./command.ts";

/** The instances that the words name; absent when there are none. */
export function namedInstances(args: Arguments): ReadonlySet<string> | undefined {
  return args.words.length > 0 ? new Set(args.words) : undefined;
}

/** Refuses names that no instance has, so that a typing mistake is not taken for "all is well". */
export function requireKnown(only: ReadonlySet<string> | undefined, known: Iterable<string>): void {
  if (only === undefined) return;
  const names = new Set(known);
  const unknown = [...only].filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new QuadgateError("bad-usage", `no instance is called ${unknown.join(", ")}`, {
    hint:
      names.size > 0 ? `there are: ${[...names].sort().join(", ")}` : "there are no instances on this host",
  });
}

/** The folder that `--working-tree` names, or stands for: the local repository, or the working folder. */
export function workingTree(session: Session, args: Arguments): string | undefined {
  const given = args.options.workingTree;
  if (given === undefined || given === false) return undefined;
  if (typeof given === "string") return given;
  const { repository } = session.settings;
  return repository?.startsWith("/") ? repository : session.io.workingFolder;
}
