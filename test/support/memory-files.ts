import { posix } from "node:path";
import type { DiskUsage, FileStat, Files, PlainFile } from "../../src/model/host.ts";
import { FOLDER, type Obstacle, unreadableFolder } from "../../src/model/obstacle.ts";
import type { TreeFiles } from "../../src/model/tree.ts";

export interface MemoryFile {
  readonly content: string;
  readonly mode: number;
  readonly mtimeMs: number;
}

/**
 * A file system in memory, for tests that need no other part of a host. It keeps contents, modes and times;
 * it knows no owners, and links only as files that count as links.
 */
export class MemoryFiles implements Files {
  readonly files = new Map<string, MemoryFile>();
  /** Modes of the folders that writes have made. */
  readonly folders = new Map<string, number>();
  /** Paths of files that are links to a file of the same content. */
  readonly links = new Set<string>();
  /** Paths of folders whose names nobody can read, as by their mode. */
  readonly unreadable = new Set<string>();
  /** By path; a path that is not here has no disk, as if it did not exist. */
  readonly disks = new Map<string, DiskUsage>();
  /** Called before each change, with the operation and the path; it may throw, as a full disk does. */
  beforeChange: (operation: "write" | "append" | "remove", path: string) => void = () => undefined;
  readonly #now: () => number;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  /** Puts a file there as somebody else would. */
  put(path: string, content: string, mtimeMs = this.#now()): void {
    this.links.delete(path);
    this.files.set(path, { content, mode: 0o644, mtimeMs });
  }

  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.get(path)?.content);
  }

  async readPlain(paths: readonly string[]): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
    return new Map(
      paths.flatMap((path): [string, PlainFile | Obstacle][] => {
        const file = this.files.get(path);
        if (file !== undefined)
          return [[path, { content: file.content, mode: file.mode, symlink: this.links.has(path) }]];
        return this.#isFolder(path) ? [[path, FOLDER]] : [];
      }),
    );
  }

  async scan(
    folder: string,
    isWanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, PlainFile | Obstacle>> {
    const unread = [...this.unreadable].filter((path) => path.startsWith(`${folder}/`));
    const seen = [...this.files].filter(([path]) => !unread.some((above) => path.startsWith(`${above}/`)));
    const found = seen.flatMap(([path, { content, mode }]) => {
      const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : "";
      return name !== "" && isWanted(name)
        ? [[name, { content, mode, symlink: this.links.has(path) }] as const]
        : [];
    });
    const folders = new Set(
      seen.flatMap(([path]) => {
        const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : "";
        return name
          .split("/")
          .flatMap((_, index, parts) => (index === 0 ? [] : parts.slice(0, index).join("/")));
      }),
    );
    const obstacles = [...folders].filter(isWanted).map((name) => [name, FOLDER] as const);
    const hidden = unread.map((path) => {
      return [path.slice(folder.length + 1), unreadableFolder("EACCES")] as const;
    });
    return new Map<string, PlainFile | Obstacle>([...found, ...obstacles, ...hidden]);
  }

  #isFolder(path: string): boolean {
    return [...this.files.keys()].some((name) => name.startsWith(`${path}/`));
  }

  list(path: string): Promise<readonly string[]> {
    const names = [...this.files.keys()]
      .filter((file) => file.startsWith(`${path}/`))
      .map((file) => file.slice(path.length + 1).split("/")[0] ?? "");
    return Promise.resolve([...new Set(names)].sort());
  }

  stat(path: string): Promise<FileStat | undefined> {
    const file = this.files.get(path);
    if (file) {
      const size = Buffer.byteLength(file.content);
      const kind = this.links.has(path) ? "symlink" : "file";
      return Promise.resolve({ size, mtimeMs: file.mtimeMs, mode: file.mode, kind });
    }
    const mode = this.folders.get(path) ?? 0o755;
    return Promise.resolve(
      this.#isFolder(path) ? { size: 0, mtimeMs: 0, mode, kind: "directory" } : undefined,
    );
  }

  async write(
    path: string,
    content: string,
    options: { mode?: number; dirMode?: number } = {},
  ): Promise<void> {
    this.beforeChange("write", path);
    this.#makeFolders(path, options.dirMode ?? 0o755);
    this.files.set(path, { content, mode: options.mode ?? 0o644, mtimeMs: this.#now() });
  }

  async append(path: string, line: string, options: { mode?: number } = {}): Promise<void> {
    this.beforeChange("append", path);
    this.#makeFolders(path, 0o700);
    const before = this.files.get(path);
    const mode = before?.mode ?? options.mode ?? 0o600;
    this.files.set(path, { content: (before?.content ?? "") + line, mode, mtimeMs: this.#now() });
  }

  async remove(path: string): Promise<void> {
    this.beforeChange("remove", path);
    this.links.delete(path);
    this.files.delete(path);
  }

  async removeTree(path: string): Promise<void> {
    this.beforeChange("remove", path);
    for (const name of [...this.files.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) this.files.delete(name);
    }
  }

  async removeEmptyFolder(path: string): Promise<void> {
    if ((await this.list(path)).length === 0) this.folders.delete(path);
  }

  disk(path: string): Promise<DiskUsage | undefined> {
    return Promise.resolve(this.disks.get(path));
  }

  realPath(path: string): Promise<string> {
    return Promise.resolve(path);
  }

  tree(path: string, roots: readonly string[]): Promise<TreeFiles> {
    const found = new Map<string, string>();
    const executable = new Set<string>();
    for (const [name, file] of this.files) {
      const relative = name.startsWith(`${path}/`) ? name.slice(path.length + 1) : "";
      const inRoots = roots.some((root) => relative === root || relative.startsWith(`${root}/`));
      if (relative === "" || !inRoots) continue;
      found.set(relative, file.content);
      if ((file.mode & 0o100) !== 0) executable.add(relative);
    }
    return Promise.resolve({ files: found, executable });
  }

  #makeFolders(path: string, mode: number): void {
    for (let folder = posix.dirname(path); folder !== "/" && folder !== "."; folder = posix.dirname(folder)) {
      if (!this.folders.has(folder)) this.folders.set(folder, mode);
    }
  }
}
