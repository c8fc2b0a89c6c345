import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, open, readdir, rename, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../lib/error-code.ts";
import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Folders, Processes } from "../model/host.ts";
import { type Folder, type FolderState, ownerInUserNamespace } from "../model/host-requirements.ts";
import { output } from "./processes.ts";

/** statfs(2) */
const BTRFS_MAGIC = 0x9123683e;

/** Folders for containers. With rootless podman, it reaches those of other ids through its user namespace. */
export function createFolders(processes: Processes, rootless: boolean): Folders {
  const asContainers = (program: string, ...args: readonly string[]) =>
    rootless ? output(processes, "podman", ["unshare", program, ...args]) : output(processes, program, args);
  const host: FolderHost = { processes, rootless, asContainers };
  return {
    look: (path) => look(host, path),
    owner: async (path) => (await asContainers("stat", "-L", "-c", "%u:%g", "--", path)).trim(),
    make: (folder) => make(host, folder),
    adapt: (folder) => adapt(host, folder.path, folder),
  };
}

interface FolderHost {
  readonly processes: Processes;
  readonly rootless: boolean;
  /** Runs a program with the ids of containers. Returns its stdout; throws CommandError. */
  readonly asContainers: (program: string, ...args: readonly string[]) => Promise<string>;
}

async function look(host: FolderHost, path: string): Promise<FolderState | undefined> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return { kind: "other", empty: false, mode: found.mode & 0o7777, nocow: null };
    return {
      kind: "directory",
      empty: await isEmpty(path),
      mode: found.mode & 0o7777,
      nocow: await nocowOf(host, path),
    };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    if (codeOf(error) !== "EACCES") throw error;
    return lookAsContainers(host, path);
  }
}

/**
 * Looks at a path below a folder of a container's user. If it cannot be seen in this way either, it counts as
 * present and in use.
 */
async function lookAsContainers(host: FolderHost, path: string): Promise<FolderState | undefined> {
  const unseen: FolderState = { kind: "directory", empty: false, mode: 0, nocow: null };
  try {
    const answer = await host.asContainers("stat", "-L", "-c", "%a %F", "--", path);
    const [mode = "", ...kind] = answer.trim().split(" ");
    const folder = kind.join(" ") === "directory";
    return { ...unseen, kind: folder ? "directory" : "other", mode: Number.parseInt(mode, 8) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return /No such file or directory|Not a directory/.test(error.stderr) ? undefined : unseen;
  }
}

async function isEmpty(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if (codeOf(error) === "EACCES") return false;
    throw error;
  }
}

/** The `C` attribute of lsattr(1), which only btrfs honours; null: not btrfs, or it cannot be read. */
async function nocowOf({ processes, asContainers }: FolderHost, path: string): Promise<boolean | null> {
  const { type } = await statfs(path);
  if (type !== BTRFS_MAGIC) return null;
  const own = await processes.run("lsattr", ["-d", "--", path]).catch(() => undefined);
  if (own === undefined) return null;
  const text =
    own.exitCode === 0 ? own.stdout : await asContainers("lsattr", "-d", "--", path).catch(() => "");
  const [attributes] = text.split(" ");
  return attributes === undefined || attributes === "" ? null : attributes.includes("C");
}

/**
 * Makes the folder under another name first, so that a folder with the final name is complete even after a
 * power failure.
 */
async function make(host: FolderHost, folder: Folder): Promise<void> {
  const parent = dirname(folder.path);
  const temporary = join(parent, `.quadgate-${randomUUID()}.tmp`);
  try {
    await mkdir(parent, { recursive: true });
    await mkdir(temporary, { mode: 0o700 });
    await adapt(host, temporary, folder);
    await moveInto(temporary, folder.path);
    await syncFolder(parent);
  } catch (error) {
    throw explain(error, folder);
  } finally {
    await rmdir(temporary).catch(() => undefined);
  }
}

/** Leaves alone a folder that another process made and used in the meantime. */
async function moveInto(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) throw error;
  });
}

/** Skips each step that has nothing to do, so that an interrupted run can be repeated. */
async function adapt(host: FolderHost, path: string, folder: Folder): Promise<void> {
  try {
    const { rootless, asContainers } = host;
    if (folder.nocow) await switchCopyOnWriteOff(host, path);
    const wanted = Number.parseInt(folder.mode, 8);
    if (((await stat(path)).mode & 0o7777) !== wanted) await chmod(path, wanted);
    const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const owner = folder.owner && ownerInUserNamespace(folder.owner, rootless ? folder.userns : "", self);
    if (owner === undefined) return;
    if (rootless) await asContainers("chown", `${owner.uid}:${owner.gid}`, "--", path);
    else await chown(path, owner.uid, owner.gid);
  } catch (error) {
    throw explain(error, folder);
  }
}

/** Only files made in the folder afterwards inherit the attribute; chattr(1). */
async function switchCopyOnWriteOff(host: FolderHost, path: string): Promise<void> {
  if ((await statfs(path)).type !== BTRFS_MAGIC) return;
  if ((await nocowOf(host, path)) === true) return;
  await output(host.processes, "chattr", ["+C", "--", path]);
  if ((await nocowOf(host, path)) === true) return;
  throw new QuadgateError("command-failed", `chattr +C has no effect on ${path}`, {
    hint: "the file system may be mounted with options that forbid it; see lsattr -d",
  });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function explain(error: unknown, { path, instance }: Folder): unknown {
  if (error instanceof QuadgateError) return error;
  return new QuadgateError(
    "state-unwritable",
    `cannot make the folder ${path}: ${codeOf(error) || String(error)}`,
    {
      hint: `make it yourself, for ${instance}: sudo install -d -o $USER ${path}`,
      cause: error,
    },
  );
}
