import { closeSync, constants, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { textOf } from "../lib/bytes.ts";
import { codeOf } from "../lib/error-code.ts";
import { MAX_FILE_BYTES, type Refusal, type TreeFiles } from "../model/tree.ts";

interface Found {
  readonly files: Map<string, string>;
  readonly executable: Set<string>;
  readonly refused: Map<string, Refusal>;
}

/** See Files in model/host.ts. */
export async function tree(folder: string, roots: readonly string[]): Promise<TreeFiles> {
  const found: Found = { files: new Map(), executable: new Set(), refused: new Map() };
  for (const root of roots) collect(folder, root, found);
  return found;
}

function collect(base: string, name: string, found: Found): void {
  const full = join(base, name);
  const there = lstatSync(full, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (there.isDirectory()) {
    const below = unlessDenied(() => readdirSync(full));
    if (below === undefined) found.refused.set(name, "unreadable-folder");
    // git does not track the files of a folder that is a repository of its own.
    else if (below.includes(".git")) found.refused.set(name, "submodule");
    else for (const entry of below) collect(base, join(name, entry), found);
  } else if (there.isSymbolicLink()) found.refused.set(name, "symbolic-link");
  else if (!there.isFile()) found.refused.set(name, "special-file");
  else if (there.size > MAX_FILE_BYTES) found.refused.set(name, "large-file");
  else {
    const content = unlessDenied(() => read(full));
    if (content === undefined) found.refused.set(name, "unreadable-file");
    else found.files.set(name, content);
    // What git records: the owner's bit alone.
    if (content !== undefined && (there.mode & constants.S_IXUSR) !== 0) found.executable.add(name);
  }
}

function unlessDenied<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) === "EACCES") return undefined;
    throw error;
  }
}

function read(path: string): string {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return textOf(readFileSync(handle));
  } finally {
    closeSync(handle);
  }
}
