import type { FoundNeeds, Requirements } from "../model/host-requirements.ts";
import type { Json } from "../model/live.ts";
import type { Obstacle } from "../model/obstacle.ts";
import type { Place } from "../model/place.ts";
import type { Unit } from "../model/unit.ts";
import type { TakenName } from "../quadlet/names.ts";
import type { Sources, UnitNeeds } from "./unit-needs.ts";

/** What may be missing, by the code of its issue, and when it keeps an instance from being touched. */
export const PREREQUISITES = {
  "podman-too-old": { blocks: "always", meaning: "the pattern needs a newer podman" },
  "secret-missing": { blocks: "always", meaning: "podman has no secret of that name" },
  "device-missing": { blocks: "always", meaning: "a device is not there" },
  "network-missing": { blocks: "always", meaning: "a network is neither there nor in the repository" },
  "source-not-there": {
    blocks: "always",
    meaning: "a file or folder that is mounted, and is not quadgate's to make, is not there",
  },
  "folder-gone": {
    blocks: "always",
    meaning: "a folder that the instance has kept data in is not there any more",
  },
  "source-no-folder": {
    blocks: "always",
    meaning: "a folder is to be mounted, and something else stands at its path",
  },
  "file-obstructed": {
    blocks: "always",
    meaning:
      "a file is to be written, and a folder or something else that is no plain file stands at its path, or a folder of it cannot be read",
  },
  "mount-missing": {
    blocks: "always",
    meaning: "a file system that holds an instance's data is not mounted",
  },
  "name-taken": {
    blocks: "always",
    meaning:
      "another container or pod of that name is there, by hand or of an instance that stays as it is; podman would remove it",
  },
  "port-taken": { blocks: "first", meaning: "another program listens on a port that the instance publishes" },
  "port-privileged": { blocks: "first", meaning: "a rootless container may not publish so low a port" },
  "disk-short": { blocks: "first", meaning: "there is less free space than the pattern asks for" },
  "sysctl-out-of-bounds": { blocks: "first", meaning: "a kernel parameter is not what the pattern needs" },
  "sysctl-advised": { blocks: "never", meaning: "a kernel parameter is not what the pattern advises" },
  "copy-on-write": {
    blocks: "never",
    meaning: "a folder with data has copy on write on, where the pattern wants it off",
  },
} as const satisfies Record<string, { blocks: "always" | "first" | "never"; meaning: string }>;

type PrerequisiteCode = keyof typeof PREREQUISITES;

/** One thing that an instance needs, and whether it is there. */
export interface Prerequisite {
  readonly instance: string;
  /** `secret db-password`, `folder /srv/media`. */
  readonly check: string;
  /** Undefined: it is there. */
  readonly code?: PrerequisiteCode;
  readonly message: string;
  /** The command that mends it. */
  readonly fix?: string;
  readonly place?: Place;
}

export interface PrerequisiteInput {
  readonly needs: readonly UnitNeeds[];
  readonly sources: Sources;
  readonly requirements: readonly Requirements[];
  readonly found: FoundNeeds;
  readonly podmanVersion: string;
  /** Podman's names of networks that are there or that units of the repository make. */
  readonly networks: ReadonlySet<string>;
  /** `podman inspect` elements. */
  readonly containers: readonly Json[];
  /** Names that units take of containers and pods. */
  readonly names: readonly TakenName[];
  /** By `nameKey`: the instance that has the name, where that instance stays as it is. */
  readonly leftAlone: ReadonlyMap<string, string>;
  /** By `nameKey`: the service of what quadgate has not made; empty where it has none. */
  readonly foreign: ReadonlyMap<string, string>;
  /** Whether a deployed unit has had the name so far. */
  readonly had: (taken: TakenName) => boolean;
  /** Files that units of the repository put on the host: what is mounted may be one of them, or a folder above. */
  readonly files: readonly string[];
  /** Units at whose path something else stands than a plain file, or that need a folder which cannot be read. */
  readonly obstructed: readonly {
    readonly unit: Unit;
    /** Absolute, of what is in the way. */
    readonly path: string;
    readonly obstacle: Obstacle;
  }[];
  /** Folders that deployed containers mount, whether they are there or not. */
  readonly used: ReadonlySet<string>;
  readonly rootless: boolean;
  /** The home folder that `~` means. */
  readonly home: string;
}
