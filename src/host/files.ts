import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { constants, readdirSync, readFileSync } from "node:fs";
import {
  appendFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { QuadgateError } from "../model/errors.ts";
import type { DiskUsage, FileStat, Files, ScannedFile } from "../model/host.ts";

/** The real file system. */
export function createFiles(): Files {
  return {
    read,
    readMany,
    scan,
    list: async (path) => (await entries(path)).map((entry) => entry.name).sort(),
    stat: statOf,
    write,
    append: (path, line, options) => append(path, line, options?.mode ?? 0o600),
    remove: (path) => rm(path, { recursive: true, force: true }),
    removeEmptyFolder: (path) => rmdir(path).catch(ignore("ENOENT", "ENOTEMPTY", "ENOTDIR")),
    disk,
    realPath,
    tree,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function ignore(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  };
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(ignore("ENOENT", "ENOTDIR"));
}

/** The value of a call that may find nothing there. */
function ifThere<T>(look: () => T, ...alsoNothing: readonly string[]): T | undefined {
  try {
    return look();
  } catch (error) {
    return ignore("ENOENT", "ENOTDIR", ...alsoNothing)(error);
  }
}

/** One call after the other: for small files node's threads cost several times what the reading does. */
async function readMany(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const text = ifThere(() => readFileSync(path, "utf8"), "EISDIR");
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

async function scan(
  folder: string,
  isWanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, ScannedFile>> {
  const files = new Map<string, ScannedFile>();
  const visit = (prefix: string) => {
    const below = ifThere(() => readdirSync(join(folder, prefix), { withFileTypes: true })) ?? [];
    for (const entry of below) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) visit(`${name}/`);
      else if ((entry.isFile() || entry.isSymbolicLink()) && isWanted(name)) {
        // A link may lead to a folder.
        const content = ifThere(() => readFileSync(join(folder, name), "utf8"), "EISDIR");
        if (content !== undefined) files.set(name, { content, symlink: entry.isSymbolicLink() });
      }
    }
  };
  visit("");
  return files;
}

async function entries(path: string): Promise<readonly Dirent[]> {
  return (await readdir(path, { withFileTypes: true }).catch(ignore("ENOENT", "ENOTDIR"))) ?? [];
}

async function statOf(path: string): Promise<FileStat | undefined> {
  const found = await lstat(path).catch(ignore("ENOENT", "ENOTDIR"));
  if (!found) return undefined;
  const kind = found.isFile()
    ? "file"
    : found.isDirectory()
      ? "directory"
      : found.isSymbolicLink()
        ? "symlink"
        : "other";
  return { size: found.size, mtimeMs: found.mtimeMs, mode: found.mode & 0o7777, kind };
}

async function write(
  path: string,
  content: string,
  options: { mode?: number; dirMode?: number } = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.quadgate-${randomUUID()}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: options.dirMode ?? 0o755 });
    const mode = options.mode ?? 0o644;
    const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
    try {
      await handle.writeFile(content, "utf8");
      // open() masks the mode with the umask.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new QuadgateError("state-unwritable", `cannot write ${path}: ${codeOf(error) || String(error)}`, {
      hint: "check the folder's owner, its mode and the free space",
      cause: error,
    });
  }
}

/** A rename is durable only once the folder that holds the name is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function append(path: string, line: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await appendFile(path, line, { encoding: "utf8", mode, flush: true });
}

async function disk(path: string): Promise<DiskUsage | undefined> {
  const found = await statfs(path).catch(ignore("ENOENT", "ENOTDIR"));
  if (!found) return undefined;
  return {
    // As df counts: what root alone may use belongs to neither side.
    totalBytes: (found.blocks - found.bfree + found.bavail) * found.bsize,
    freeBytes: found.bavail * found.bsize,
    totalInodes: found.files,
    freeInodes: found.ffree,
  };
}

async function realPath(path: string): Promise<string> {
  const found = await realpath(path).catch(ignore("ENOENT", "ENOTDIR"));
  return found ?? (path === dirname(path) ? path : realPath(dirname(path)));
}

async function tree(path: string, roots: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const root of roots) await collect(path, root, found);
  return found;
}

async function collect(base: string, name: string, into: Map<string, string>): Promise<void> {
  const full = join(base, name);
  const found = await stat(full).catch(ignore("ENOENT", "ENOTDIR"));
  if (found?.isFile()) {
    into.set(name, await readFile(full, "utf8"));
  } else if (found?.isDirectory()) {
    for (const entry of await entries(full)) await collect(base, join(name, entry.name), into);
  }
}
