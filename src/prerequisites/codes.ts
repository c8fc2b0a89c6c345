import type { FoundNeeds, Requirements } from "../model/host-requirements.ts";
import type { Json } from "../model/live.ts";
import type { Obstacle } from "../model/obstacle.ts";
import type { Place } from "../model/place.ts";
import type { Unit } from "../model/unit.ts";
import type { TakenName } from "../quadlet/names.ts";
import type { Sources, UnitNeeds } from "./unit-needs.ts";

/** What may be missing, by the code of its issue, and when it blocks changes to an instance. */
export const PREREQUISITES = {
  "podman-too-old": { blocks: "always", meaning: "the pattern needs a newer podman" },
  "secret-missing": { blocks: "always", meaning: "podman has no secret of that name" },
  "device-missing": { blocks: "always", meaning: "a device does not exist" },
  "network-missing": {
    blocks: "always",
    meaning: "a network neither exists nor is defined in the repository",
  },
  "source-not-there": {
    blocks: "always",
    meaning: "a mounted file or folder that quadgate does not create does not exist",
  },
  "folder-gone": {
    blocks: "always",
    meaning: "a folder in which the instance has kept data no longer exists",
  },
  "source-no-folder": {
    blocks: "always",
    meaning: "the path of a folder to mount is not a folder",
  },
  "file-obstructed": {
    blocks: "always",
    meaning:
      "a file cannot be written because its path is a folder or otherwise not a plain file, " +
      "or because one of its folders cannot be read",
  },
  "label-taken": {
    blocks: "always",
    meaning:
      "with SELinux, containers that run at the same time relabel the same files, one for itself alone",
  },
  "mount-missing": {
    blocks: "always",
    meaning: "a file system that holds an instance's data is not mounted",
  },
  "name-taken": {
    blocks: "always",
    meaning:
      "a container or pod of that name exists, made by hand or by an instance that stays as it is; " +
      "podman would remove it",
  },
  "unit-name-taken": {
    blocks: "always",
    meaning: "systemd has a unit of that name from another folder, which the file would hide",
  },
  "port-taken": { blocks: "first", meaning: "another program listens on a port that the instance publishes" },
  "port-privileged": { blocks: "first", meaning: "a rootless container may not publish a port that low" },
  "disk-short": { blocks: "first", meaning: "there is less free space than the pattern asks for" },
  "sysctl-out-of-bounds": { blocks: "first", meaning: "a kernel parameter is not what the pattern needs" },
  "sysctl-advised": { blocks: "never", meaning: "a kernel parameter is not what the pattern advises" },
  "copy-on-write": {
    blocks: "never",
    meaning: "copy on write is on for a folder with data, but the pattern wants it off",
  },
} as const satisfies Record<string, { blocks: "always" | "first" | "never"; meaning: string }>;

type PrerequisiteCode = keyof typeof PREREQUISITES;

/** One thing that an instance needs, and whether the host has it. */
export interface Prerequisite {
  readonly instance: string;
  /** `secret db-password`, `folder /srv/media`. */
  readonly check: string;
  /** Undefined: the host has it. */
  readonly code?: PrerequisiteCode;
  readonly message: string;
  /** The command that provides it. */
  readonly fix?: string;
  readonly place?: Place;
}

export interface PrerequisiteInput {
  /** Of the instances that are judged. */
  readonly needs: readonly UnitNeeds[];
  /** Of all instances of this host. */
  readonly allNeeds: readonly UnitNeeds[];
  readonly sources: Sources;
  readonly requirements: readonly Requirements[];
  readonly found: FoundNeeds;
  readonly podmanVersion: string;
  /** Podman's names of networks that exist or that units of the repository create. */
  readonly networks: ReadonlySet<string>;
  /** `podman inspect` elements. */
  readonly containers: readonly Json[];
  /** Names of containers and pods that units take. */
  readonly names: readonly TakenName[];
  /** By `nameKey`: the instance that has the name, if that instance stays as it is. */
  readonly leftAlone: ReadonlyMap<string, string>;
  /** By `nameKey`: the service of what quadgate did not create; empty if it has none. */
  readonly foreign: ReadonlyMap<string, string>;
  /** Whether a deployed unit has had the name so far. */
  readonly had: (taken: TakenName) => boolean;
  /** Files that the repository puts on the host. A container may mount one of them, or a folder above. */
  readonly files: readonly string[];
  /** Units whose path is not a plain file, or that need a folder which cannot be read. */
  readonly obstructed: readonly {
    readonly unit: Unit;
    /** Absolute, of what is in the way. */
    readonly path: string;
    readonly obstacle: Obstacle;
  }[];
  /** Plain units whose name, or an alias of theirs, belongs to another unit of systemd. */
  readonly namesakes: readonly {
    readonly unit: Unit;
    readonly name: string;
    /** The other unit's file. */
    readonly path: string;
    /** Whether a generator has made it, as podman's does of Quadlets. */
    readonly generated: boolean;
  }[];
  /** Folders that deployed containers mount, whether they exist or not. */
  readonly used: ReadonlySet<string>;
  readonly rootless: boolean;
  /** The home folder that `~` means. */
  readonly home: string;
}
