import type { Folder, FolderState } from "./host-requirements.ts";
import type { GeneratorOutput, Json, ServiceState } from "./live.ts";
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
  /** Where quadgate writes Quadlet sources; without symbolic links, as podman's generator writes paths below it. */
  readonly unitDir: string;
  readonly stateDir: string;
  /** Where the host's settings are looked for unless a file is named; it need not be there. */
  readonly configDir: string;
  /** Where systemd keeps what the Quadlet generator made. */
  readonly generatorDir: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds; the program and everything it has started is killed when they are over. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds for which the outputs may stay open, in the hands of what it has started, after the program itself has
   * ended; absent: for as long as they like.
   */
  readonly lingerMs?: number;
  /** Once aborted, the program and everything it has started is killed, as if its time were over. */
  readonly signal?: AbortSignal;
  /** Bytes of stdout kept at most; more is an error. */
  readonly maxOutput?: number;
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
  /** Resolves whatever the exit status; throws QuadgateError `command-missing` when there is no such program. */
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

/** What `Files.write` calls its temporary file; one that was cut short leaves it behind. */
export const TEMPORARY_NAME = /^\.quadgate-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A file that was found; what it says, and its mode, are those of the file that a link leads to. */
export interface PlainFile {
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  readonly symlink: boolean;
}

export interface Files {
  /** undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /**
   * Small files of a local disk, by path; those that are not there are left out. Never waits for a pipe or reads a device, never
   * throws: whoever names the path may be anybody.
   */
  readPlain(paths: readonly string[]): Promise<ReadonlyMap<string, PlainFile | Obstacle>>;
  /**
   * What is at any depth of a local folder where its path in it `isWanted`: plain files, and what stands in the place of one.
   * Links to folders are not followed. A folder below it that cannot be read is passed over, as podman's generator does, and is
   * an obstacle under its own path, wanted or not. Throws `state-unreadable` where the folder itself cannot be read.
   */
  scan(
    folder: string,
    isWanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, PlainFile | Obstacle>>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Atomic and durable: temporary file, fsync, rename, fsync of the folder. Makes parent folders. */
  write(path: string, content: string, options?: { mode?: number; dirMode?: number }): Promise<void>;
  append(path: string, line: string, options?: { mode?: number }): Promise<void>;
  /** Removes a file or a link. Nothing to remove is fine; a folder stays, whoever's it is. */
  remove(path: string): Promise<void>;
  /** Removes a folder of quadgate's own state with all it holds; nothing to remove is fine. */
  removeTree(path: string): Promise<void>;
  removeEmptyFolder(path: string): Promise<void>;
  disk(path: string): Promise<DiskUsage | undefined>;
  /** The path without links; of what is not there, that of the nearest folder above it. */
  realPath(path: string): Promise<string>;
  /** The files of a folder tree, by path relative to it. Symbolic links below the folder are not followed. */
  tree(path: string, roots: readonly string[]): Promise<TreeFiles>;
}

/** Folders that containers mount. Nothing that holds anything is ever changed. */
export interface Folders {
  /** Follows links; undefined where there is nothing. Sees folders of containers' users too. */
  look(path: string): Promise<FolderState | undefined>;
  /** `uid:gid` as `podman unshare` shows them: 0 is the user that runs podman. */
  owner(path: string): Promise<string>;
  /** Makes a folder, and those above it: complete, with mode, owner and attributes, or not at all. */
  make(folder: Folder): Promise<void>;
  /** Gives an empty folder mode, owner and attributes. */
  adapt(folder: Folder): Promise<void>;
}

/** A commit of a repository. */
export interface Commit {
  readonly id: string;
  /** The first line of the message. */
  readonly subject: string;
  /** What follows it, without the empty line between. */
  readonly body: string;
  /** ISO 8601 */
  readonly date: string;
}

export interface Git {
  /**
   * Makes or updates quadgate's own bare clone, which then says where it is from (`FETCHED_FROM`); never touches a working tree. Throws
   * `source-unreachable`, or `state-unwritable` where it is the clone that cannot be written.
   */
  fetch(repository: string, clone: string, branch: string): Promise<void>;
  /** Commit id of a branch, tag or id in a bare or ordinary repository; undefined when unknown. */
  resolve(gitDir: string, revision: string): Promise<string | undefined>;
  /** All files below the roots at a commit. Reads only. */
  readTree(gitDir: string, commit: string, path: string, roots: readonly string[]): Promise<TreeFiles>;
  /**
   * Where git looks for the hooks of a push to the repository of a folder: as the folder's git directory (a worktree's or a
   * submodule's too) and `core.hooksPath` say. Throws `bad-usage` where there is no repository.
   */
  hooksFolder(folder: string): Promise<string>;
  /** Newest first. */
  log(gitDir: string, commit: string, limit: number): Promise<readonly Commit[]>;
  /**
   * Makes one commit on `branch` that puts everything below `paths` back as it was at `target`, and delivers
   * it: by a push, or into the working tree of a local repository that has the branch checked out. History
   * is only added to. Returns the new head; throws `revert-conflict` when git refuses, and leaves nothing behind.
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
   * Makes one commit on `branch` that gives files (by path from the repository's root) these contents and changes
   * nothing else, and delivers it like `revertTo`; in a local repository that has the branch checked out it is made
   * in the working tree. Returns the head, which is the old one where the files say the same already; throws
   * `commit-failed`.
   */
  commitFiles(options: {
    repository: string;
    clone: string;
    branch: string;
    files: ReadonlyMap<string, string>;
    message: string;
  }): Promise<string>;
  /**
   * Brings a checkout (`folder`, or what it lies in) up to a commit that was pushed from the clone, with `files` (by
   * path from the folder) as that has them; whatever else is changed or staged there stays so. `there`: it is at the
   * commit already; `behind`: left as it is, for its branch is another one, has commits of its own, or changes are in the way;
   * `unrelated`: no checkout, or one of another repository. Never throws.
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

export interface Podman {
  /** Asked anew each time: podman may be upgraded while quadgate runs. */
  version(): Promise<string>;
  /** `podman inspect` of all containers. Names of those that are `expected` make it quicker, and change nothing else. */
  containers(expected?: readonly string[] | Promise<readonly string[]>): Promise<readonly Json[]>;
  networks(): Promise<readonly Json[]>;
  volumes(): Promise<readonly Json[]>;
  images(): Promise<readonly Json[]>;
  /** Folders in which podman keeps images and containers, and volumes. */
  store(): Promise<{ readonly graphRoot: string; readonly volumePath: string }>;
  /** Names; what they hold is never asked for. */
  secrets(): Promise<readonly string[]>;
  /** `podman KIND inspect` of those of the names that there are. Of secrets it tells all but what they hold. */
  inspect(kind: "pod" | "secret" | "image", names: readonly string[]): Promise<readonly Json[]>;
  /** Digest (or id, of an image that no registry gave one) of an image that is here; undefined where it is not. */
  localImage(reference: string): Promise<string | undefined>;
  /** Asks the registry, pulling nothing: the digest for this machine where podman shows one, or why it cannot be pulled. */
  remoteImage(reference: string, timeoutMs: number): Promise<{ digest: string | null } | { problem: string }>;
  /** Runs the container's health check once, now. */
  healthcheck(container: string): Promise<"healthy" | "unhealthy" | "none">;
  /** Runs a command in a running container; resolves whatever its exit status. */
  exec(container: string, command: readonly string[], timeoutMs: number): Promise<RunResult>;
  /** The last lines, at most `lines`, that a container has written since a time (ISO 8601), to whichever stream. */
  log(container: string, since: string, lines: number): Promise<RunResult>;
  removeContainer(name: string): Promise<void>;
  /** Removes a pod with all its containers: the one that holds it together goes in no other way. None is fine. */
  removePod(name: string): Promise<void>;
  removeNetwork(name: string): Promise<void>;
}

export interface Systemd {
  daemonReload(): Promise<void>;
  /** By service name; a service that systemd does not know has loadState `not-found`. */
  services(names: readonly string[]): Promise<ReadonlyMap<string, ServiceState>>;
  /** Names of the units that systemd has in memory and that match a pattern (`x@*.service`). */
  unitsLike(patterns: readonly string[]): Promise<readonly string[]>;
  /** Names of failed units, without podman's transient health-check units. */
  failedUnits(): Promise<readonly string[]>;
  /** Where this manager is a user's: the system's failed units, without those that are gone; else none. */
  failedSystemUnits(): Promise<readonly string[]>;
  /** Names of services that have ended and that systemd is about to start again. */
  restartingUnits(): Promise<readonly string[]>;
  /** Starts it, or stops and starts it; resolves when it is up, throws CommandError when it is not in time. */
  restart(service: string, timeoutMs: number): Promise<void>;
  /** The same for one that is not up; one that is starting already is waited for, one that is up is left alone. */
  start(service: string, timeoutMs: number): Promise<void>;
  /** Resolves when it is down; throws where systemd refuses, or has not stopped it within half an hour. */
  stop(service: string): Promise<void>;
  resetFailed(service: string): Promise<void>;
  /** What the sockets that start a service listen on: the name it knows each by, and `[::]:443` or `127.0.0.1:80`. */
  listeners(service: string): Promise<readonly { readonly name: string; readonly address: string }[]>;
  /** Last lines of the service's journal, for messages. */
  journal(service: string, lines: number): Promise<string>;
}

/** One connection, or one request without a body. */
export interface ProbeRequest {
  readonly scheme: "tcp" | "http" | "https";
  readonly address: string;
  readonly port: number;
  readonly path?: string;
  /** Whom to ask for: the Host header, and the name for TLS. */
  readonly hostname?: string;
  readonly timeoutMs: number;
}

export type ProbeAnswer =
  /** `status` is null for a mere connection. */
  | { readonly kind: "answer"; readonly status: number | null }
  /** Nobody answered; `code` is the system's, such as ECONNREFUSED. */
  | { readonly kind: "silence"; readonly code: string; readonly message: string }
  /** It could not be asked. */
  | { readonly kind: "impossible"; readonly message: string };

export interface Connections {
  /** Asks once, from the network of the process `pid` (a container's first), else from this machine's. */
  probe(request: ProbeRequest, pid?: number): Promise<ProbeAnswer>;
}

export interface Quadlet {
  /** Runs podman's own generator over units in a scratch folder of its own, which it removes. */
  generate(units: readonly Unit[]): Promise<GeneratorOutput>;
  /** The same of what is in the unit directory, and in the other folders that Quadlet reads; writes nothing. */
  generateAsItIs(): Promise<GeneratorOutput>;
  /** The same over an existing folder; writes nothing. Paths inside the text stay those of that folder, its links followed. */
  generateFrom(folder: string): Promise<GeneratorOutput>;
  /**
   * The same over a scratch copy of a folder, with files written to it and others (by path in it) left out. A crash is a
   * message here, and what was made before it counts, as it does for systemd.
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
   * Takes the lock of a state directory; the kernel releases it when the process ends, however it ends. Throws `locked` when
   * somebody else still has it after `waitMs`, `interrupted` when he has it and the signal is aborted meanwhile, or was before.
   */
  acquire(
    path: string,
    options: { waitMs: number; signal?: AbortSignal | undefined },
  ): Promise<() => Promise<void>>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds since a moment of its own, at an even pace whatever is done to the time of day: for durations. */
  ticks(): number;
  /** The host's time zone, by its IANA name. */
  timezone(): string;
  sleep(ms: number): Promise<void>;
}

/** Every effect that quadgate can have or observe. src/host/ has the real one, tests have a stateful fake. */
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
   * podman and systemd for so many milliseconds from now, together: what they have not answered by then is killed, and
   * that and every later question throws `no-answer`.
   */
  within(timeoutMs: number): Pick<Host, "podman" | "systemd">;
}
