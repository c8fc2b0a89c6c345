import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
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
  statfs,
  unlink,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { bytesOf, textOf } from "../lib/bytes.ts";
import { codeOf } from "../lib/error-code.ts";
import { QuadgateError } from "../model/errors.ts";
import type { DiskUsage, FileStat, Files, PlainFile } from "../model/host.ts";
import {
  DANGLING_LINK,
  FOLDER,
  largeFile,
  type Obstacle,
  SPECIAL_FILE,
  unreadable,
  unreadableFolder,
} from "../model/obstacle.ts";
import { tree } from "./tree.ts";

/** The real file system. */
export function createFiles(): Files {
  return {
    read,
    readPlain,
    scan,
    list: async (path) => (await entries(path)).map((entry) => entry.name).sort(),
    stat: statOf,
    write,
    append: (path, line, options) => append(path, line, options?.mode ?? 0o600),
    remove: (path) => unlink(path).catch(ignore("ENOENT", "ENOTDIR", "EISDIR")),
    removeTree: (path) => rm(path, { recursive: true, force: true }),
    removeEmptyFolder: (path) => rmdir(path).catch(ignore("ENOENT", "ENOTEMPTY", "ENOTDIR")),
    disk,
    realPath,
    tree,
  };
}

function ignore(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  };
}

async function read(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(ignore("ENOENT", "ENOTDIR"));
  return bytes && textOf(bytes);
}

/** More than any unit, configuration file, environment file or YAML for podman needs. */
const MAX_PLAIN_BYTES = 16 * 1024 * 1024;
const NOTHING = ["ENOENT", "ENOTDIR"];
const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Reads one file after the other, because node's threads cost several times more than reading small files.
 */
async function readPlain(paths: readonly string[]): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
  const found = paths.map((path) => [path, lookAt(path)] as const);
  return new Map(found.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const])));
}

function lookAt(path: string): PlainFile | Obstacle | undefined {
  try {
    const symlink = lstatSync(path).isSymbolicLink();
    // Opened before the check of its kind, so that a pipe cannot take its place in between. O_NONBLOCK opens
    // a pipe without waiting.
    const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    try {
      const stat = fstatSync(descriptor);
      if (stat.isDirectory()) return FOLDER;
      if (!stat.isFile()) return SPECIAL_FILE;
      if (stat.size > MAX_PLAIN_BYTES) return largeFile(stat.size);
      return { content: textOf(readFileSync(descriptor)), mode: stat.mode & 0o7777, symlink };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = codeOf(error);
    return NOTHING.includes(code) ? undefined : unreadable(code);
  }
}

async function scan(
  folder: string,
  isWanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
  const files = new Map<string, PlainFile | Obstacle>();
  const visit = (prefix: string, inside: readonly Dirent[]) => {
    for (const entry of inside) {
      const name = `${prefix}${entry.name}`;
      const found = isWanted(name) ? fileAt(join(folder, name), entry) : undefined;
      if (found !== undefined) files.set(name, found);
      if (!entry.isDirectory()) continue;
      const below = namesIn(join(folder, name));
      if (!("unread" in below)) visit(`${name}/`, below);
      else if (!files.has(name)) files.set(name, unreadableFolder(below.unread));
    }
  };
  const top = namesIn(folder);
  if ("unread" in top) {
    throw new QuadgateError("state-unreadable", `cannot read ${folder}: ${top.unread}`, {
      hint: "check its owner and its mode, and those of the folders above it",
    });
  }
  visit("", top);
  return files;
}

/** What is in place of a file. Pipes and sockets in a folder do not count. */
function fileAt(path: string, entry: Dirent): PlainFile | Obstacle | undefined {
  if (entry.isDirectory()) return FOLDER;
  if (entry.isSymbolicLink()) return lookAt(path) ?? DANGLING_LINK;
  return entry.isFile() ? lookAt(path) : undefined;
}

/** What is in a folder, or the code of the error that prevents reading it. */
function namesIn(folder: string): readonly Dirent[] | { readonly unread: string } {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const code = codeOf(error);
    return NOTHING.includes(code) ? [] : { unread: code };
  }
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
      await handle.writeFile(bytesOf(content));
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
  await appendFile(path, bytesOf(line), { mode, flush: true });
}

async function disk(path: string): Promise<DiskUsage | undefined> {
  const found = await statfs(path).catch(ignore("ENOENT", "ENOTDIR"));
  if (!found) return undefined;
  return {
    // As df counts: blocks reserved for root count as neither free nor used.
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
