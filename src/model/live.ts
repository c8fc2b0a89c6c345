import type { Obstacle } from "./obstacle.ts";

/**
 * Foreign JSON: read permissively at the edge, by path. Objects come from `podman inspect` and friends.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * How long podman and systemd may take to describe a host. Hundreds of containers on a slow disk take some
 * seconds; a hanging program must not hold a sync's lock forever.
 */
export const LOOK_TIMEOUT_MS = 300_000;

/** A file in one of the unit directories. */
export interface UnitFile {
  /** Relative to the unit directory, as in Unit.name. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  readonly symlink: boolean;
}

/**
 * A systemd service as its manager reports it. Sizes in bytes; `infinity` and "not set" are `null`. Names of
 * times end in their unit. A time that ends in `AtMs` or `SinceMs` is on CLOCK_MONOTONIC, and null if it has
 * not come since the manager has started.
 */
export interface ServiceState {
  readonly name: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly result: string;
  /** `notify`, `oneshot`, ...; empty for what is not a service or is unknown. */
  readonly type: string;
  /** Whether a job for it is queued or runs. */
  readonly job: boolean;
  /** False if its last start did nothing because a `Condition...=` was not met. */
  readonly conditionMet: boolean;
  /** Sockets, paths and timers that start it. */
  readonly triggeredBy: readonly string[];
  /** The exit status, or signal, of the main process that ended last. */
  readonly execStatus: number;
  /** When its last start began. */
  readonly startedAtMs: number | null;
  /** When its last main process started. */
  readonly mainStartedAtMs: number | null;
  /** When it became active for the last time. */
  readonly activeSinceMs: number | null;
  /** When it became inactive or failed for the last time. */
  readonly inactiveSinceMs: number | null;
  /** The same moment in milliseconds since 1970. */
  readonly endedWallMs: number | null;
  readonly timeoutStartMs: number | null;
  readonly unitFileState: string;
  readonly fragmentPath: string;
  readonly sourcePath: string;
  readonly dropInPaths: readonly string[];
  readonly needDaemonReload: boolean;
  readonly controlGroup: string;
  readonly mainPid: number;
  readonly restarts: number;
  readonly invocationId: string;
  readonly memoryMin: number | null;
  readonly memoryLow: number | null;
  readonly memoryHigh: number | null;
  readonly memoryMax: number | null;
  readonly memorySwapMax: number | null;
  readonly memoryZSwapMax: number | null;
  /** Microseconds of CPU per second: 1_500_000 is 150 %. */
  readonly cpuQuotaPerSecUSec: number | null;
  readonly cpuWeight: number | null;
  readonly startupCpuWeight: number | null;
  readonly ioWeight: number | null;
  readonly startupIoWeight: number | null;
  readonly tasksMax: number | null;
}

/** What podman and systemd report now. A list is empty if there is nothing, never because asking failed. */
export interface LiveState {
  /** ISO 8601. */
  readonly observedAt: string;
  /** By Unit.name. Has the unit directory, and the kind-`file` targets that were asked for. */
  readonly files: ReadonlyMap<string, UnitFile>;
  /**
   * What is in place of the plain file of a unit, or of a kind-`file` target that was asked for. By
   * Unit.name; for unreadable folders of the unit directory, by their path in it.
   */
  readonly obstacles: ReadonlyMap<string, Obstacle>;
  /** Text of the service units that systemd has loaded from the Quadlet generator, by service name. */
  readonly generated: ReadonlyMap<string, string>;
  /** By service name (`jellyfin.service`). */
  readonly services: ReadonlyMap<string, ServiceState>;
  /** `podman inspect` elements, all containers. */
  readonly containers: readonly Json[];
  readonly networks: readonly Json[];
  /** Present if volumes were asked for. */
  readonly volumes: readonly Json[];
  readonly images: readonly Json[];
  /** `podman pod inspect` elements, if a pod was asked for. */
  readonly pods: readonly Json[];
  /** `podman secret inspect` elements of the secrets that were asked for; without their content. */
  readonly secrets: readonly Json[];
  /** `podman image inspect` elements of the images that were asked for. */
  readonly imageDetails: readonly Json[];
  /**
   * Content, by absolute path, of the files that commands name (environment files, YAML), and of systemd's
   * drop-ins that are the host's own. Absent: the file does not exist.
   */
  readonly inputs: ReadonlyMap<string, string>;
}

/** What podman's own generator prints of a set of Quadlet sources. */
export interface GeneratorOutput {
  /**
   * The folder of the sources, without symbolic links; it may be gone. Paths below it in the text mean the
   * unit directory.
   */
  readonly folder: string;
  /** By service name: the generated systemd unit's text. */
  readonly services: ReadonlyMap<string, GeneratorText>;
  readonly messages: readonly GeneratorMessage[];
  /** Whether the generator crashed, so that `services` may be incomplete; absent: it did not crash. */
  readonly crashed?: true;
}

export interface GeneratorText {
  /** `jellyfin.service` */
  readonly service: string;
  /** Unit.name of the Quadlet source it comes from. */
  readonly unit: string;
  readonly text: string;
}

/** What systemd says of a service's unit file, or of one line of it, in its own words. */
export interface UnitComplaint {
  readonly service: string;
  /** 1-based line of the text; of a line that goes on over several, any of them. Absent: the whole file. */
  readonly line?: number;
  readonly message: string;
  /** It is why systemd would not load the unit at all. */
  readonly refused?: true;
}

/** The message that replaces those of a generator that crashed. */
export const GENERATOR_CRASHES = "podman's Quadlet generator crashes";

export interface GeneratorMessage {
  /** Unit.name, if the generator names one. */
  readonly unit?: string;
  readonly message: string;
}

/** Follows a path of object keys and array indexes; `undefined` if the path leads nowhere. */
export function at(json: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = json;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string | number, Json | undefined>)[step];
  }
  return value;
}

/** Label that podman puts on what a systemd unit makes: the unit's name. */
export const LABEL_SYSTEMD_UNIT = "PODMAN_SYSTEMD_UNIT";

/** The service that systemd runs a container for, by podman's own label; `""` for a container without one. */
export function serviceOf(container: Json): string {
  return textAt(objectAt(container, "Config", "Labels"), LABEL_SYSTEMD_UNIT);
}

/** The id of a container's image. */
export function imageIdOf(container: Json): string {
  return textAt(container, "Image").replace(/^sha256:/, "");
}

/** Whether podman adds a container by itself to a pod or to what it makes of YAML. */
export function isPodmansOwn(container: Json): boolean {
  const { IsInfra, IsService } = objectAt(container);
  return IsInfra === true || IsService === true;
}

/** The string at a path, or `""`. */
export function textAt(json: Json | undefined, ...path: readonly (string | number)[]): string {
  const value = at(json, ...path);
  return typeof value === "string" ? value : "";
}

/** The list at a path, or an empty one (podman prints `null` for an empty list). */
export function listAt(json: Json | undefined, ...path: readonly (string | number)[]): readonly Json[] {
  const value = at(json, ...path);
  return Array.isArray(value) ? value : [];
}

/** The object at a path, or an empty one. */
export function objectAt(
  json: Json | undefined,
  ...path: readonly (string | number)[]
): { readonly [key: string]: Json } {
  const value = at(json, ...path);
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {};
}
