import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { maskError } from "../lib/mask-secrets.ts";
import type { BringOptions, Processes } from "../model/host.ts";
import type { ImageNeed, StagedFiles } from "../model/image-need.ts";
import { DOWNLOAD_FOLDER, loginPath, noteDownload, removeLeftovers } from "./download-leftovers.ts";
import { createFiles } from "./files.ts";

interface Bringer {
  readonly processes: Processes;
  readonly runtimeDir: string;
}

/** The pause between two looks at what podman downloads. Short until quadgate has noted podman's folder. */
const LOOK_MS = { first: 100, later: 1_000 };

/** See Podman.bringImage. */
export async function bringImage(
  bringer: Bringer,
  need: ImageNeed,
  options: BringOptions,
): Promise<string | undefined> {
  await removeLeftovers(bringer.runtimeDir);
  const { staged } = need;
  if (staged === undefined) return bring(bringer, need, options);
  return inStaging(staged, (folder) => bring(bringer, moved(need, staged, folder), options));
}

/** Copies files to a folder of their own for a while. */
async function inStaging<T>({ files }: StagedFiles, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "quadgate-"));
  try {
    for (const { path, content, mode } of files)
      await createFiles().write(join(folder, path), content, { mode });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same command with the staged files in place of those that it names. */
function moved(need: ImageNeed, staged: StagedFiles, to: string): ImageNeed {
  const move = (text: string) => text.replaceAll(staged.folder, to);
  const { words, folder } = need;
  return { ...need, words: words.map(move), ...(folder === undefined ? {} : { folder: move(folder) }) };
}

async function bring(
  bringer: Bringer,
  need: ImageNeed,
  { timeoutMs, signal, onProgress }: BringOptions,
): Promise<string | undefined> {
  const login = await writeLogin(bringer, need);
  const watch = new DownloadWatch(need, bringer.runtimeDir, onProgress);
  try {
    const result = await bringer.processes.run("podman", withLogin(need, login), {
      env: need.variables,
      ...(need.folder === undefined ? {} : { cwd: need.folder }),
      ...(signal === undefined ? {} : { signal }),
      timeoutMs,
      onStart: watch.start,
      onLine: watch.read,
    });
    if (result.exitCode === 0) return undefined;
    await watch.removeFiles();
    if (signal?.aborted) return "podman was ended before it had the image";
    return result.timedOut ? `not done within ${timeoutMs / 1_000} s` : errorIn(result.stderr);
  } finally {
    await watch.stop();
    if (login !== undefined) await createFiles().remove(login);
  }
}

/** podman's last error, without the word that begins it, and without secrets. */
function errorIn(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const last = lines.findLast((line) => line.startsWith("Error: ")) ?? lines.at(-1) ?? "";
  return maskError(last.replace(/^Error: /, "")) || "podman was killed";
}

/**
 * Writes the login that a unit has to a file that only this user can read, in the form of podman's own
 * (containers-auth.json(5)): anyone may read the arguments of a process.
 */
async function writeLogin({ runtimeDir }: Bringer, { login, image }: ImageNeed) {
  if (login === undefined) return undefined;
  const [first = ""] = image.replace(/^docker:\/\//, "").split("/");
  const registry = /[.:]/.test(first) || first === "localhost" ? first : "docker.io";
  const auth = Buffer.from(login).toString("base64");
  const path = loginPath(runtimeDir);
  await createFiles().write(path, JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
  return path;
}

function withLogin({ words }: ImageNeed, login: string | undefined): readonly string[] {
  if (login === undefined) return words;
  const end = words.lastIndexOf("--");
  const flags = words.slice(0, end).filter((word) => !word.startsWith("--authfile="));
  return [...flags, `--authfile=${login}`, ...words.slice(end)];
}

/** Follows what podman prints, and the files that it writes the layers to. */
class DownloadWatch {
  readonly #need: ImageNeed;
  readonly #onProgress: BringOptions["onProgress"];
  readonly #layers = new Set<string>();
  /** podman's folders, each with quadgate's note of it. */
  readonly #folders = new Map<string, Promise<string>>();
  readonly #runtimeDir: string;
  #step: { readonly parts: number; readonly of: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = Promise.resolve();
  #isOver = false;

  constructor(need: ImageNeed, runtimeDir: string, onProgress: BringOptions["onProgress"]) {
    this.#need = need;
    this.#runtimeDir = runtimeDir;
    this.#onProgress = onProgress;
  }

  readonly start = (pid: number): void => {
    const schedule = () => {
      const pause = this.#folders.size === 0 ? LOOK_MS.first : LOOK_MS.later;
      this.#timer = setTimeout(() => {
        this.#looking = this.#look(pid).then(() => {
          if (!this.#isOver) schedule();
        });
      }, pause);
    };
    schedule();
  };

  readonly stop = async (): Promise<void> => {
    await this.#end();
    for (const note of this.#folders.values()) await rm(await note, { force: true });
  };

  readonly read = (line: string): void => {
    const layer = /^Copying blob (\S+)/.exec(line)?.[1];
    if (layer !== undefined) this.#layers.add(layer);
    const [, parts, of] = /^STEP (\d+)\/(\d+):/.exec(line) ?? [];
    if (parts !== undefined) this.#step = { parts: Number(parts), of: Number(of) };
  };

  /** Removes the files of a podman that has been killed; it removes them itself otherwise. */
  async removeFiles(): Promise<void> {
    await this.#end();
    for (const folder of this.#folders.keys()) await rm(folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(pid: number): Promise<void> {
    const open = await Promise.all([pid, ...(await childrenOf(pid))].map(downloadsOf));
    for (const folder of new Set(open.flat().map(dirname))) {
      if (this.#folders.has(folder)) continue;
      this.#folders.set(folder, noteDownload(this.#runtimeDir, pid, folder));
    }
    const sizes = await Promise.all([...this.#folders.keys()].map(sizeOf));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const isPull = this.#need.how === "pull";
    const known = isPull ? { parts: this.#layers.size } : (this.#step ?? { parts: 0 });
    this.#onProgress?.(bytes > 0 ? { ...known, bytes } : known);
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "latin1").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
}

/** The files of downloads that a process has open for writing. */
async function downloadsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return links.filter((link) => DOWNLOAD_FOLDER.test(dirname(link)));
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const stats = await Promise.all(names.map((name) => stat(`${folder}/${name}`).catch(() => undefined)));
  return stats.reduce((sum, found) => sum + (found?.size ?? 0), 0);
}
