import type { Change } from "./plan.ts";
import type { KeptText, TextInForce } from "./text-in-force.ts";
import type { Unit } from "./unit.ts";

/** What quadgate created on this host: prune may delete nothing else. */
export interface InventoryUnit {
  readonly instance: string;
  /** The systemd service; null for plain files and drop-ins. */
  readonly service: string | null;
  /** Digest of the content that was last applied in full (file, reload, start); null: never yet. */
  readonly digest: string | null;
  /** The revision that content came from. */
  readonly revision: string | null;
  /**
   * For a network's unit: podman's names of networks that existed before they were the unit's. They stay when
   * it goes.
   */
  readonly found?: readonly string[];
  /** For a plain unit: the links by which it was enabled, as absolute paths. Absent: none. */
  readonly links?: readonly string[];
  /**
   * Written before the first effect on the unit and cleared after the last one, so that the next sync
   * finishes what an interrupted one began.
   */
  readonly pending?: {
    readonly action: "create" | "update" | "restart" | "delete";
    readonly digest: string | null;
    /** When work on it began, in milliseconds of the monotonic clock. Absent: not known. */
    readonly atMs?: number;
    /** The change writes and reloads only (`Change.reloadOnly`). */
    readonly reloadOnly?: true;
  };
}

/**
 * An instance's desired state that was tried and did not become healthy: quadgate does not try it again by
 * itself.
 */
export interface FailedAttempt {
  /** Digest over the instance's units. */
  readonly digest: string;
  readonly revision: string | null;
  readonly message: string;
  readonly at: string;
  /**
   * The generation in force when it was tried; null: there was none. Absent if an earlier version wrote it.
   */
  readonly before?: string | null;
  /** The instance whose failure took this one along; absent: it failed by itself. */
  readonly because?: string;
  /** By the keys of `TextInForce.images`: the ids of the images that it ran, as far as they are known. */
  readonly images?: Readonly<Record<string, string>>;
  /** What its service wrote last, masked; absent: nothing is known. */
  readonly output?: readonly string[];
  /** Names of the units that failed, if the others of the instance stay. Absent: it failed as a whole. */
  readonly units?: readonly string[];
}

/** A revision that was applied in full, and in which every text settled. */
interface AppliedRevision {
  readonly revision: string;
  /** Counts the revisions of this host, from 1. */
  readonly number: number;
}

export interface Inventory {
  readonly schemaVersion: 1;
  /** The newest revision in which every text has settled, and none has ended since; null: there is none. */
  readonly appliedRevision: string | null;
  /** The revisions of which that was so, oldest first, the applied one last; bounded. */
  readonly appliedRevisions: readonly AppliedRevision[];
  /** Name of the folder in units/ with the sources as last applied; null: none yet. */
  readonly generation: string | null;
  /** By Unit.name. */
  readonly units: Readonly<Record<string, InventoryUnit>>;
  /**
   * By instance: `ignoreDrift` of the manifest that was synced last, so that an audit does not need the
   * repository.
   */
  readonly ignoreDrift: Readonly<Record<string, readonly string[]>>;
  /**
   * Instances that the manifests synced last suspend, so that quadgate can report them without the
   * repository.
   */
  readonly suspended: readonly string[];
  /** Instances that git had at the last sync and that run on if it has them no more (`prune: false`). */
  readonly unpruned: readonly string[];
  /** Instances that git no longer has and that run on for that reason. */
  readonly orphaned: readonly string[];
  /** By instance. */
  readonly failed: Readonly<Record<string, FailedAttempt>>;
  /** By instance: how far its text in force has proved itself. Absent if an earlier version applied it. */
  readonly texts: Readonly<Record<string, TextInForce>>;
  /** By instance: texts to go back to, newest first. */
  readonly kept: Readonly<Record<string, readonly KeptText[]>>;
  /** Instances whose text in force has ended and that quadgate has yet to put back. */
  readonly due: readonly string[];
  /**
   * A revision that is applied in full and becomes the applied one once its texts have settled; else null.
   */
  readonly settlingRevision: string | null;
}

export const EMPTY_INVENTORY: Inventory = {
  schemaVersion: 1,
  appliedRevision: null,
  appliedRevisions: [],
  generation: null,
  units: {},
  ignoreDrift: {},
  suspended: [],
  unpruned: [],
  orphaned: [],
  failed: {},
  texts: {},
  kept: {},
  due: [],
  settlingRevision: null,
};

/** Whether an apply of an instance has begun that has not ended, or that left a unit to the next sync. */
export function isBegun({ units }: Inventory, instance: string): boolean {
  return Object.values(units).some((unit) => unit.instance === instance && unit.pending !== undefined);
}

/** Whether the host has exactly these units, each applied in full with this content. */
export function isInForce({ units }: Inventory, wanted: readonly Pick<Unit, "name" | "digest">[]): boolean {
  const done = ({ name, digest }: Pick<Unit, "name" | "digest">) =>
    units[name]?.digest === digest && units[name].pending === undefined;
  return wanted.length === Object.keys(units).length && wanted.every(done);
}

/** Apply records here what it is about to do. */
export interface InventoryLog {
  /** Records that work on these units begins; returns when that is durable. */
  begin(changes: readonly Change[], revision: string | null): Promise<void>;
}
