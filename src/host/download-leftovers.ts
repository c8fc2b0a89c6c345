import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** podman's own temporary folders for the layers that it downloads. A podman that is killed leaves them. */
export const DOWNLOAD_FOLDER = /^\/.*\/container_images_[^/]+$/;

/** Whose they are is in the name: quadgate's process for a login, podman's for a download. */
const OWNED = /^quadgate-(login|download)-(\d+)-[0-9a-f-]+$/;

/** The path of a file that only this process of quadgate uses, with a login for podman. */
export function loginPath(runtimeDir: string): string {
  return join(runtimeDir, `quadgate-login-${process.pid}-${randomUUID()}`);
}

/** Notes that a podman downloads to a folder. Returns the path of the note. */
export async function noteDownload(runtimeDir: string, pid: number, folder: string): Promise<string> {
  const path = join(runtimeDir, `quadgate-download-${pid}-${randomUUID()}`);
  await writeFile(path, folder, { mode: 0o600 }).catch(() => undefined);
  return path;
}

/**
 * Removes the logins of processes of quadgate that were killed, and what podman had downloaded for them if it
 * was killed too. Never throws.
 */
export async function removeLeftovers(runtimeDir: string): Promise<void> {
  for (const name of await readdir(runtimeDir).catch(() => [])) {
    const [, kind, pid = ""] = OWNED.exec(name) ?? [];
    if (kind === undefined || (await isRunning(pid, kind === "download"))) continue;
    const path = join(runtimeDir, name);
    const folder = kind === "download" ? await readFile(path, "utf8").catch(() => "") : "";
    if (DOWNLOAD_FOLDER.test(folder) && basename(folder) !== "")
      await rm(folder, { recursive: true, force: true });
    await rm(path, { force: true });
  }
}

/** Another process may have got the number of a podman since. */
async function isRunning(pid: string, asPodman: boolean): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => undefined);
  return name !== undefined && (!asPodman || name.trim() === "podman");
}
