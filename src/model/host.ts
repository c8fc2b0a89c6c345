import type { ContainerEvent, Happening, Moment } from "./evidence.ts";
import type { Folder, FolderState } from "./host-requirements.ts";
import type { ImageNeed, ImageProgress } from "./image-need.ts";
import type { GeneratorOutput, Json, ServiceState, UnitComplaint } from "./live.ts";
import type { Obstacle } from "./obstacle.ts";
import type { TreeFiles } from "./tree.ts";
import type { Unit } from "./unit.ts";

/** Facts about the machine and the user that quadgate runs as; they do not change while it runs. */
export interface HostFacts {
  /** Short host name, as `hosts:` in manifests names it. */
  readonly name: string;
  readonly user: string;
  readonly uid: number;
  readonly rootless: boolean;
  readonly home: string;
  /** `$XDG_RUNTIME_DIR` (rootless) or `/run`. */
  readonly runtimeDir: string;
  /**
   * Where quadgate writes Quadlet sources; without symbolic links, because podman's generator resolves them
   * too.
   */
  readonly unitDir: string;
  /** Where quadgate writes plain systemd units, and where `systemctl enable` puts its links. */
  readonly systemdDir: string;
  readonly stateDir: string;
  /** Where quadgate looks for the host's settings unless a file is named; it need not exist. */
  readonly configDir: string;
  /** Where systemd keeps what the Quadlet generator made. */
  readonly generatorDir: string;
  /** The number by which the kernel knows quadgate while it runs. */
  readonly pid: number;
  /** The kernel's id of this boot. */
  readonly bootId: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds; after them, the program and everything it started is killed. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds for which processes that the program started may keep its outputs open after it has ended;
   * absent: without limit.
   */
  readonly lingerMs?: number;
  /** Once aborted, the program and everything it started is killed, as after its timeout. */
  readonly signal?: AbortSignal;
  /** Bytes of stdout kept at most; more is an error. */
  readonly maxOutput?: number;
  /** Takes the program's process id as soon as it runs. */
  readonly onStart?: (pid: number) => void;
  /** Takes each line that the program writes, of both outputs, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Runs programs without a shell, in English whatever the host's language is. */
export interface Processes {
  /** Resolves with any exit status; throws QuadgateError `command-missing` if the program does not exist. */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode: number;
  readonly kind: "file" | "directory" | "symlink" | "other";
}

/** Of a file system, without what is reserved for root. */
export interface DiskUsage {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** The name of the temporary file of `Files.write`; an interrupted write leaves it behind. */
export const TEMPORARY_NAME = /^\.quadgate-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A file that was found; content and mode are those of the link's target. */
export interface PlainFile {
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  readonly symlink: boolean;
}

export interface Files {
  /** undefined if the file does not exist. */
  read(path: string): Promise<string | undefined>;
  /**
   * Small files of a local disk, by path; missing ones are left out. Never waits for a pipe, reads a device
   * or throws, because anyone may have named the path.
   */
  readPlain(paths: readonly string[]): Promise<ReadonlyMap<string, PlainFile | Obstacle>>;
  /**
   * What is at any depth of a local folder if `isWanted` accepts its path in it: plain files, and what is in
   * the place of one. It does not follow links to folders. It skips an unreadable folder, as podman's
   * generator does, and gives an obstacle for its path, wanted or not. Throws `state-unreadable` if the
   * folder itself is unreadable.
   */
  scan(
    folder: string,
    isWanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, PlainFile | Obstacle>>;
  /** Names in a folder, sorted; empty if the folder does not exist. */
  list(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Atomic and durable: temporary file, fsync, rename, fsync of the folder. Makes parent folders. */
  write(path: string, content: string, options?: { mode?: number; dirMode?: number }): Promise<void>;
  append(path: string, line: string, options?: { mode?: number }): Promise<void>;
  /** Removes a file or a link, if there is one. A folder stays, whoever owns it. */
  remove(path: string): Promise<void>;
  /** Removes a folder of quadgate's own state with its content, if there is one. */
  removeTree(path: string): Promise<void>;
  removeEmptyFolder(path: string): Promise<void>;
  disk(path: string): Promise<DiskUsage | undefined>;
  /** The path without links; for a missing path, that of the nearest folder above it. */
  realPath(path: string): Promise<string>;
  /** The files of a folder tree, by path relative to it. Symbolic links below the folder are not followed. */
  tree(path: string, roots: readonly string[]): Promise<TreeFiles>;
}

/** Folders that containers mount. Nothing changes a folder with content. */
export interface Folders {
  /** Follows links; undefined if nothing is there. Sees folders of containers' users too. */
  look(path: string): Promise<FolderState | undefined>;
  /** `uid:gid` as `podman unshare` shows them: 0 is the user that runs podman. */
  owner(path: string): Promise<string>;
  /** Makes a folder and its parents: completely, with mode, owner and attributes, or not at all. */
  make(folder: Folder): Promise<void>;
  /** Gives an empty folder mode, owner and attributes. */
  adapt(folder: Folder): Promise<void>;
}

/** A commit of a repository. */
export interface Commit {
  readonly id: string;
  /** The first line of the message. */
  readonly subject: string;
  /** The rest of the message, without the empty line between. */
  readonly body: string;
  /** ISO 8601 */
  readonly date: string;
}

export interface Git {
  /**
   * Makes or updates quadgate's own bare clone, and records its origin there (`FETCHED_FROM`). Never touches
   * a working tree. Throws `source-unreachable`, or `state-unwritable` if it cannot write the clone.
   */
  fetch(repository: string, clone: string, branch: string): Promise<void>;
  /** Commit id of a branch, tag or id in a bare or ordinary repository; undefined if unknown. */
  resolve(gitDir: string, revision: string): Promise<string | undefined>;
  /** The names of the branches of a repository, sorted. Reads only. */
  branches(gitDir: string): Promise<readonly string[]>;
  /** All files below the roots at a commit. Reads only. */
  readTree(gitDir: string, commit: string, path: string, roots: readonly string[]): Promise<TreeFiles>;
  /**
   * Where git looks for the hooks of a push to the repository of a folder, as the folder's git directory
   * (also a worktree's or a submodule's) and `core.hooksPath` say. Throws `bad-usage` if there is no
   * repository.
   */
  hooksFolder(folder: string): Promise<string>;
  /** Newest first. */
  log(gitDir: string, commit: string, limit: number): Promise<readonly Commit[]>;
  /**
   * Makes one commit on `branch` that restores everything below `paths` to its state at `target`, and
   * delivers it: by a push, or into the working tree of a local repository that has the branch checked out.
   * It only adds to the history. Returns the new head. If git refuses, it throws `revert-conflict` and leaves
   * nothing behind.
   */
  revertTo(options: {
    repository: string;
    clone: string;
    branch: string;
    target: string;
    paths: readonly string[];
    message: string;
  }): Promise<string>;
  /**
   * Makes one commit on `branch` that gives files (by path from the repository's root) these contents and
   * changes nothing else. It delivers the commit like `revertTo`; in a local repository that has the branch
   * checked out, it makes the commit in the working tree. Returns the head, which is the old one if the files
   * already have these contents. Throws `commit-failed`.
   */
  commitFiles(options: {
    repository: string;
    clone: string;
    branch: string;
    files: ReadonlyMap<string, string>;
    message: string;
  }): Promise<string>;
  /**
   * Brings a checkout (`folder`, or the one around it) up to a commit that was pushed from the clone. `files`
   * (by path from the folder) then have the commit's content; other changed or staged files stay so. `there`:
   * it is already at the commit. `behind`: it stays as it is, because it has another branch, its own commits,
   * or changes in the way. `unrelated`: it is not a checkout, or one of another repository. Never throws.
   */
  catchUp(options: {
    repository: string;
    clone: string;
    branch: string;
    commit: string;
    folder: string;
    files: ReadonlyMap<string, string>;
  }): Promise<"there" | "moved" | "behind" | "unrelated">;
}

export interface BringOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called about once a second. */
  readonly onProgress?: ((progress: ImageProgress) => void) | undefined;
}

/** What podman's list says of a container. */
export interface ListedContainer {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Podman {
  /** Never cached: podman may be upgraded while quadgate runs. */
  version(): Promise<string>;
  /** `podman inspect` of all containers. The names in `expected` only make it quicker. */
  containers(expected?: readonly string[] | Promise<readonly string[]>): Promise<readonly Json[]>;
  /** All containers, with the little that a list says: its cost hardly grows with their number. */
  listed(): Promise<readonly ListedContainer[]>;
  networks(): Promise<readonly Json[]>;
  volumes(): Promise<readonly Json[]>;
  images(): Promise<readonly Json[]>;
  /** Folders in which podman keeps images and containers, and volumes. */
  store(): Promise<{ readonly graphRoot: string; readonly volumePath: string }>;
  /** Names; quadgate never asks for their content. */
  secrets(): Promise<readonly string[]>;
  /** `podman KIND inspect` of the names that exist. For secrets, it shows everything but their content. */
  inspect(kind: "container" | "pod" | "secret" | "image", names: readonly string[]): Promise<readonly Json[]>;
  /** Digest of a local image, or its id if it did not come from a registry; undefined if it is missing. */
  localImage(reference: string): Promise<string | undefined>;
  /**
   * Asks the registry without a pull: the digest for this machine if podman shows one, or why it cannot be
   * pulled.
   */
  remoteImage(reference: string, timeoutMs: number): Promise<{ digest: string | null } | { problem: string }>;
  /**
   * Pulls or builds an image. Resolves with undefined if it is there now, else with podman's error. If the
   * signal is aborted or the time is over, podman is killed and the files of its download are removed.
   */
  bringImage(need: ImageNeed, options: BringOptions): Promise<string | undefined>;
  /** Gives the image with this id one more name. */
  tag(id: string, name: string): Promise<void>;
  /** Takes this one name from the image that it means. The image stays, as do its other names. */
  untag(name: string): Promise<void>;
  /** Runs the container's health check once, now. */
  healthcheck(container: string): Promise<"healthy" | "unhealthy" | "none">;
  /** Runs a command in a running container; resolves with any exit status. */
  exec(container: string, command: readonly string[], timeoutMs: number): Promise<RunResult>;
  /** At most `lines` last lines that a container has written since a time (ISO 8601), to both streams. */
  log(container: string, since: string, lines: number): Promise<RunResult>;
  /** The events of containers since a time (milliseconds since 1970), oldest first; undefined: not known. */
  events(sinceMs: number): Promise<readonly ContainerEvent[] | undefined>;
  removeContainer(name: string): Promise<void>;
  /** Removes a pod, if there is one, with all its containers. Its infra container goes only this way. */
  removePod(name: string): Promise<void>;
  removeNetwork(name: string): Promise<void>;
}

/** When a timer starts its service. */
export interface TimerState {
  /** `backup.timer` */
  readonly name: string;
  /** Milliseconds since 1970; null: it is not active, or will not start it again. */
  readonly nextMs: number | null;
  /** Milliseconds since 1970; null: never, as far as systemd knows. */
  readonly lastMs: number | null;
}

export interface Systemd {
  daemonReload(): Promise<void>;
  /** By service name; an unknown service has loadState `not-found`. */
  services(names: readonly string[]): Promise<ReadonlyMap<string, ServiceState>>;
  /** Names of the units in systemd's memory that match a pattern (`x@*.service`). */
  unitsLike(patterns: readonly string[]): Promise<readonly string[]>;
  /** Names of failed units, without podman's transient health-check units. */
  failedUnits(): Promise<readonly string[]>;
  /** If this is a user's manager: the system's failed units, without those that are gone; otherwise none. */
  failedSystemUnits(): Promise<readonly string[]>;
  /** Names of services that have ended and that systemd will start again soon. */
  restartingUnits(): Promise<readonly string[]>;
  /** Restarts the service, or starts it; resolves when it is up, throws CommandError if it is not in time. */
  restart(service: string, timeoutMs: number): Promise<void>;
  /** Starts a service that is down, waits for one that is starting, and leaves one that is up alone. */
  start(service: string, timeoutMs: number): Promise<void>;
  /**
   * Resolves when it is down; throws if systemd refuses, or has not stopped it within half an hour. Stops
   * others in the same transaction.
   */
  stop(service: string, others?: readonly string[]): Promise<void>;
  /** Makes the links that a unit file's `[Install]` asks for. Reloads nothing; throws if systemd refuses. */
  enable(unit: string): Promise<void>;
  /** Removes all links to a unit. Reloads nothing; throws if systemd refuses. */
  disable(unit: string): Promise<void>;
  resetFailed(service: string): Promise<void>;
  /** The loaded timers of these names. */
  timers(names: readonly string[]): Promise<readonly TimerState[]>;
  /**
   * What the sockets of a service listen on: the name that it knows each by, and `[::]:443` or
   * `127.0.0.1:80`.
   */
  listeners(service: string): Promise<readonly { readonly name: string; readonly address: string }[]>;
  /**
   * What happened to services since a moment, oldest first, and to the manager itself. Undefined if the
   * journal cannot be read, or no longer reaches back to that moment. What is from other boots than that of
   * the moment follows it.
   */
  history(services: readonly string[], since: Moment): Promise<readonly Happening[] | undefined>;
  /**
   * What systemd says of the lines of these unit files, by service name. Loads and starts nothing, and
   * remembers the answers. Undefined if systemd cannot be asked.
   */
  verify(texts: ReadonlyMap<string, string>): Promise<readonly UnitComplaint[] | undefined>;
  /** Last lines of the service's journal, for messages. */
  journal(service: string, lines: number): Promise<string>;
}

/** One connection, or one request without a body. */
export interface ProbeRequest {
  readonly scheme: "tcp" | "http" | "https";
  readonly address: string;
  readonly port: number;
  readonly path?: string;
  /** The host to ask for: the Host header, and the name for TLS. */
  readonly hostname?: string;
  readonly timeoutMs: number;
}

export type ProbeAnswer =
  /** `status` is null for a mere connection. */
  | { readonly kind: "answer"; readonly status: number | null }
  /** No answer came; `code` is the system's, such as ECONNREFUSED. */
  | { readonly kind: "silence"; readonly code: string; readonly message: string }
  /** The request was not possible. */
  | { readonly kind: "impossible"; readonly message: string };

export interface Connections {
  /**
   * Asks once, from the network of the process `pid` (a container's first process), or from this machine's.
   */
  probe(request: ProbeRequest, pid?: number): Promise<ProbeAnswer>;
}

export interface Quadlet {
  /** Runs podman's own generator over units in its own scratch folder, which it removes. */
  generate(units: readonly Unit[]): Promise<GeneratorOutput>;
  /** Runs it over the unit directory and the other folders that Quadlet reads; writes nothing. */
  generateAsItIs(): Promise<GeneratorOutput>;
  /**
   * Runs it over an existing folder; writes nothing. Paths in the text are those of that folder, with its
   * links resolved.
   */
  generateFrom(folder: string): Promise<GeneratorOutput>;
  /**
   * Runs it over a scratch copy of a folder, with files written to it and others (by path in it) left out. A
   * crash is a message here, and what was made before it counts, as it does for systemd.
   */
  generateOver(folder: string, changes: FolderChanges): Promise<GeneratorOutput>;
}

/** Quadlet sources that are to be written to a folder, and paths in it that are to be removed. */
export interface FolderChanges {
  readonly written: readonly Unit[];
  readonly removed: readonly string[];
}

export interface Lock {
  /**
   * Takes the lock of a state directory. The kernel releases it when the process ends, however it ends.
   * Throws `locked` if another process still has it after `waitMs`. Throws `interrupted` if another process
   * has it and the signal is or becomes aborted. A shared lock keeps out only those that want it alone.
   */
  acquire(
    path: string,
    options: { waitMs: number; signal?: AbortSignal | undefined; shared?: boolean },
  ): Promise<() => Promise<void>>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds of CLOCK_MONOTONIC, which changes of the time of day do not affect. */
  ticks(): number;
  /** The host's time zone, by its IANA name. */
  timezone(): string;
  sleep(ms: number): Promise<void>;
}

/** Every effect and observation of quadgate. src/host/ has the real one, tests have a stateful fake. */
export interface Host {
  readonly facts: HostFacts;
  readonly processes: Processes;
  readonly files: Files;
  readonly folders: Folders;
  readonly git: Git;
  readonly podman: Podman;
  readonly systemd: Systemd;
  readonly connections: Connections;
  readonly quadlet: Quadlet;
  readonly lock: Lock;
  readonly clock: Clock;
  /**
   * podman and systemd for so many milliseconds from now, together. A call that has not answered by then is
   * killed; it and every later one throws `no-answer`.
   */
  within(timeoutMs: number): Pick<Host, "podman" | "systemd">;
}
