import { posix } from "node:path";
import { isWithin } from "../lib/is-within.ts";
import { NETWORKS_INSTANCE } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Refusal, Tree } from "../model/tree.ts";
import { issue } from "./codes.ts";
import { DESIRED_STATE, roleOf } from "./layout.ts";
import { filesBelow, isHidden, stemOf } from "./paths.ts";

/** What could not be read in the places where quadgate reads. */
export interface RefusedPaths {
  readonly issues: readonly Issue[];
  /** Names of patterns that exist and could not be read. */
  readonly patterns: ReadonlySet<string>;
  /** False if it may be a folder of unknown instances or patterns. */
  readonly complete: boolean;
}

/**
 * Judges what is in place of plain files. Mounted files are judged at the manifests that name them, and what
 * is below the `named` paths at the raw Quadlets that name these.
 */
export function readRefused(tree: Tree, named: readonly string[] = []): RefusedPaths {
  const below = (folder: string) => [...filesBelow(tree.refused ?? new Map<string, Refusal>(), folder)];
  const visible = (folder: string) => below(folder).filter(([path]) => !isHidden(path));
  const isNamed = (path: string) => named.some((one) => isWithin(`${DESIRED_STATE}/${path}`, one));
  const desired = below(DESIRED_STATE)
    .filter(([path]) => !isNamed(path) && (!isHidden(path) || roleOf(path).role === "unit"))
    .map(([path, refusal]) => judgeDesired(path, refusal));
  const patterns = rootOf(tree, "patterns").concat(visible("patterns")).map(judgePattern);
  const templates = rootOf(tree, "templates")
    .concat(visible("templates"))
    .filter(([path, refusal]) => path === "" || mayBeFolder(refusal) || isTemplate(path));
  const judged = [...desired, ...patterns];
  return {
    issues: [
      ...judged.flatMap((one) => one.issue ?? []),
      ...templates.map(([path, refusal]) => refusalIssue(posix.join("templates", path), refusal)),
    ],
    patterns: new Set(patterns.flatMap(({ pattern }) => pattern ?? [])),
    complete: judged.every(({ isFolder }) => isFolder !== true),
  };
}

interface PathJudgement {
  readonly issue?: Issue;
  readonly pattern?: string;
  /** It may be a folder with unknown content. */
  readonly isFolder?: boolean;
}

function rootOf({ refused }: Tree, folder: string): [string, Refusal][] {
  const refusal = refused?.get(folder);
  return refusal === undefined ? [] : [["", refusal]];
}

function mayBeFolder(refusal: Refusal): boolean {
  return refusal === "symbolic-link" || refusal === "submodule" || refusal === "unreadable-folder";
}

function isTemplate(path: string): boolean {
  return path.endsWith(".liquid");
}

function judgeDesired(path: string, refusal: Refusal): PathJudgement {
  const file = `${DESIRED_STATE}/${path}`;
  const folderOf = roleOf(`${path}/x.conf`);
  if (mayBeFolder(refusal) && folderOf.role === "unit") {
    return { issue: refusalIssue(file, refusal, folderOf.name) };
  }
  const role = refusal === "submodule" ? ({ role: "ignored" } as const) : roleOf(path);
  if (role.role === "refused") return { issue: role.issue };
  if (role.role === "networks") return { issue: refusalIssue(file, refusal, NETWORKS_INSTANCE) };
  if (role.role !== "ignored") return { issue: refusalIssue(file, refusal, role.name) };
  return mayBeFolder(refusal) ? { issue: refusalIssue(file, refusal), isFolder: true } : {};
}

function judgePattern([path, refusal]: readonly [string, Refusal]): PathJudgement {
  const file = path === "" ? "patterns" : `patterns/${path}`;
  if (refusal !== "submodule" && /\.ya?ml$/.test(path)) {
    return { issue: refusalIssue(file, refusal), pattern: stemOf(path) };
  }
  return mayBeFolder(refusal) ? { issue: refusalIssue(file, refusal), isFolder: true } : {};
}

const WORDS: Readonly<Record<Refusal, string>> = {
  "symbolic-link": "a symbolic link",
  submodule: "a submodule",
  "special-file": "a special file",
  "large-file": "a large file",
  "unreadable-file": "an unreadable file",
  "unreadable-folder": "an unreadable folder",
};

/**
 * Says what a path is instead of a plain file; quadgate leaves alone the instance that it would be or that
 * needs it.
 */
function refusalIssue(file: string, refusal: Refusal, instance?: string): Issue {
  const circumstances = { place: { file }, instance };
  if (refusal === "large-file") {
    const hint = "keep data out of the repository; it is for configuration only";
    return issue("file-too-large", "the file is larger than 1 MiB", { ...circumstances, hint });
  }
  if (refusal === "unreadable-file" || refusal === "unreadable-folder") {
    const hint = "check its owner and its mode";
    return issue("file-not-plain", `this is ${WORDS[refusal]}`, { ...circumstances, hint });
  }
  const hint = refusal === "submodule" ? "commit the files themselves" : "commit the file itself";
  return issue("file-not-plain", `this is ${WORDS[refusal]}, but quadgate reads only plain files`, {
    ...circumstances,
    hint,
  });
}

/** What is in place of a path that an instance needs, or of files below it. */
export function refusalsWithin(refused: Tree["refused"], path: string, instance: string): Issue[] {
  return [...(refused ?? [])]
    .filter(([found]) => isWithin(found, path))
    .map(([found, refusal]) => refusalIssue(found, refusal, instance));
}

/** What is in place of a file, or of a folder above it; undefined if nothing is. */
export function refusalOf(refused: Tree["refused"], file: string): Issue | undefined {
  const found = [...(refused ?? [])].find(([path]) => file === path || file.startsWith(`${path}/`));
  return found && refusalIssue(...found);
}
