import type { Json } from "./live.ts";
import type { Place } from "./place.ts";

/** What a pattern and its manifest say about one mount of a container, besides source and options. */
export interface MountRule {
  readonly instance: string;
  /** Unit.name of the container. */
  readonly unit: string;
  /** Where the container sees it. */
  readonly target: string;
  readonly purpose?: string | undefined;
  /** Octal text, of a folder that is made. */
  readonly mode: string;
  /** `uid[:gid]` as the container sees them; absent: the user that runs podman. */
  readonly owner?: string | undefined;
  readonly nocow: boolean;
  /** What happens if the source is missing: quadgate makes a folder, or leaves the instance alone. */
  readonly missing: "make" | "refuse";
  /** Whether it must be on a different file system than the system and the home folder. */
  readonly requireMount: boolean;
  /**
   * Whether a pattern's storage declares it: only then does quadgate adapt an empty folder that already
   * exists.
   */
  readonly declared: boolean;
}

/** What an instance's pattern and manifest ask of the host, rendered. */
export interface Requirements {
  readonly instance: string;
  readonly place: Place;
  /** The oldest podman that works. */
  readonly podman?: string | undefined;
  /** Free bytes where the data goes, before the first deployment. */
  readonly disk?: number | undefined;
  readonly devices: readonly { readonly path: string; readonly why: string; readonly optional: boolean }[];
  readonly secrets: readonly { readonly name: string; readonly purpose: string }[];
  readonly sysctls: readonly {
    readonly name: string;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    readonly why: string;
    readonly optional: boolean;
  }[];
  /** Folders that must be mount points. */
  readonly mounts: readonly string[];
}

/** User and group as numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A folder of the host that a container mounts. */
export interface Folder {
  /** Absolute, without `.`, `..` or a trailing slash. */
  readonly path: string;
  readonly instance: string;
  /** Unit.names of the containers that mount it, its own instance's first. */
  readonly units: readonly string[];
  readonly purpose: string | undefined;
  readonly mode: string;
  /** As the container sees them; undefined: the user that runs podman. */
  readonly owner: Owner | undefined;
  /** The container's `--userns`, by which its ids are those of the host; empty: podman's default. */
  readonly userns: string;
  readonly nocow: boolean;
  readonly declared: boolean;
}

/** What is at a path. */
export interface FolderState {
  readonly kind: "directory" | "other";
  /** False also if that cannot be seen: a folder of a container's user. */
  readonly empty: boolean;
  /** Permission bits. */
  readonly mode: number;
  /** Whether copy on write is off; null if the file system has no such switch. */
  readonly nocow: boolean | null;
}

/**
 * A container's user and group as `podman unshare` counts them, with 0 as the user that runs podman. `self`
 * is that user on the host. Undefined if podman decides only when it starts the container (`auto`), or by its
 * own maps. Source: podman-run(1) `--userns`; keep-id puts `self` at the container's id and moves the ids
 * below it by one.
 */
export function ownerInUserNamespace(owner: Owner, userns: string, self: Owner): Owner | undefined {
  const [kind = "", options = ""] = userns.split(":");
  if (kind === "" || kind === "host") return owner;
  if (kind === "nomap") return { uid: owner.uid + 1, gid: owner.gid + 1 };
  if (kind !== "keep-id") return undefined;
  const kept = (key: string, own: number) =>
    Number(new RegExp(`(?:^|,)${key}=(\\d+)`).exec(options)?.[1] ?? own);
  const shift = (id: number, at: number) => (id === at ? 0 : id < at ? id + 1 : id);
  return { uid: shift(owner.uid, kept("uid", self.uid)), gid: shift(owner.gid, kept("gid", self.gid)) };
}

/** What to look for on the host. */
export interface NeedsQuestion {
  /** Folders that quadgate makes if they are missing. */
  readonly folders: readonly string[];
  /** Paths that must be there: mounted ones and devices. */
  readonly paths: readonly string[];
  /** Podman's names of pods. */
  readonly pods: readonly string[];
  readonly secrets: boolean;
  readonly ports: boolean;
  readonly sysctls: readonly string[];
  /** Paths whose free space matters; they need not exist yet. */
  readonly disks: readonly string[];
  /** Paths whose mount point matters; they need not exist yet. */
  readonly mountsOf: readonly string[];
}

/** A port of the host that something listens on. */
export interface Listener {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

/** What was found; empty for what was not asked. */
export interface FoundNeeds {
  readonly folders: ReadonlyMap<string, FolderState>;
  readonly paths: ReadonlySet<string>;
  /** `podman pod inspect` elements of those that are there. */
  readonly pods: readonly Json[];
  readonly secrets: ReadonlySet<string>;
  readonly listeners: readonly Listener[];
  readonly sysctls: ReadonlyMap<string, number>;
  /** Free bytes by path. */
  readonly disks: ReadonlyMap<string, number>;
  /** The mount point that a path is on, links followed. */
  readonly mountsOf: ReadonlyMap<string, string>;
  readonly mountPoints: ReadonlySet<string>;
  /** Whether SELinux labels files here. */
  readonly hasSelinux: boolean;
  /** Mount points of /etc/fstab that are mounted at boot. */
  readonly fstab: readonly string[];
}
