import type { OnDrift } from "./on-drift.ts";
import type { Place } from "./place.ts";
import type { Windows } from "./settings-schema.ts";

export interface SecretRef {
  readonly name: string;
  readonly type: "env" | "mount";
  /** Variable name (env) or file name below /run/secrets (mount); default: the secret's name. */
  readonly target?: string | undefined;
  readonly mode?: string | undefined;
}

/** Durations stay in the user's spelling (Go duration text such as `30s`); podman parses them. */
export interface HealthSpec {
  readonly cmd?: string | undefined;
  readonly interval?: string | undefined;
  readonly timeout?: string | undefined;
  readonly startPeriod?: string | undefined;
  readonly retries?: number | undefined;
}

export const ACCESS_KINDS = ["authenticated", "native", "public", "admin", "api", "none"] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

interface RouteSpec {
  readonly access?: AccessKind | undefined;
  /** Replaces the access kind's middlewares when given; order is kept. */
  readonly middlewares?: readonly string[] | undefined;
}

/**
 * What Prometheus scrapes of an instance. The pattern fills in the rest, and the port is at last the
 * service's own.
 */
export interface MetricsSpec {
  readonly enabled: boolean;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  /** `15s` or `1m` */
  readonly interval?: string | undefined;
}

/** A file of the repository that an instance wants on the host. */
export interface FileSpec {
  readonly from: string;
  readonly to: string;
  /** Octal text; `0644` if absent. */
  readonly mode?: string | undefined;
}

/** Shell commands that quadgate runs in the instance's container. */
export interface HooksSpec {
  /** In the container that an update is about to replace. */
  readonly beforeUpdate: readonly string[];
  /** In the new container, at the end of its settling time. */
  readonly afterUpdate: readonly string[];
}

/** What an instance asks of the gate beyond the settings. */
export interface InstanceGate {
  readonly block?: number | undefined;
  readonly confirm?: number | undefined;
  readonly windows?: Windows | undefined;
}

/** What an instance asks of quadgate, whatever it runs: by a manifest's keys, or by `[X-Quadgate]`. */
export interface InstancePolicy {
  readonly dependsOn: readonly string[];
  /** Host names or globs; absent means every host. */
  readonly hosts?: readonly string[] | undefined;
  readonly hooks: HooksSpec;
  /** Milliseconds for which a settled text is watched; counts only if longer than the settings say. */
  readonly probation?: number | undefined;
  /** Whether a program that ends with success is as it should be. */
  readonly ends: boolean;
  readonly suspend: boolean;
  /** Absent: the settings' `defaults` say it. */
  readonly onDrift?: OnDrift | undefined;
  /** Absent: the settings' `defaults` say it. */
  readonly ignoreDrift?: readonly string[] | undefined;
  readonly gate?: InstanceGate | undefined;
  /** False: it runs on if git no longer has it, until a person allows its deletion. */
  readonly prune: boolean;
}

/** What an instance asks that says nothing. */
export const NO_POLICY: InstancePolicy = {
  dependsOn: [],
  hooks: { beforeUpdate: [], afterUpdate: [] },
  ends: false,
  suspend: false,
  prune: true,
};

/** How to delete an instance that runs on although git no longer has it. */
export function deletionOf(instance: string): string {
  return `delete it with: quadgate reconcile ${instance} --allow-prune`;
}

/** What one manifest says, validated. Absent optional keys are left to the pattern's defaults. */
export interface InstanceSpec extends InstancePolicy {
  readonly pattern: string;
  readonly image?: string | undefined;
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  /** podman/systemd size text, 1024-based: `4G`. Hard limit of the unit's cgroup. */
  readonly memory?: string | undefined;
  readonly memoryHigh?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretRef[];
  readonly volumes: readonly string[];
  /**
   * Folders of the host that must be mount points; quadgate leaves the instance alone until all of them are.
   */
  readonly requireMount: readonly string[];
  readonly networks?: readonly string[] | undefined;
  readonly devices: readonly string[];
  readonly publish: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | undefined;
  readonly health?: HealthSpec | undefined;
  readonly route?: RouteSpec | undefined;
  readonly metrics?: MetricsSpec | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: readonly FileSpec[];
  /** Escape hatch: section -> key -> verbatim value(s), merged last. */
  readonly quadlet: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface InstanceBase {
  readonly name: string;
  readonly place: Place;
  readonly spec: InstancePolicy;
  /** Dotted manifest path (`environment.TZ`, `volumes.0`) to where it is written. */
  readonly places: ReadonlyMap<string, Place>;
}

export interface PatternInstance extends InstanceBase {
  readonly kind: "pattern";
  readonly spec: InstanceSpec;
  /** The stack that it is an entry of: the stem of the file that also holds the other entries. */
  readonly stack?: string;
}

/** A file of the repository that a raw Quadlet names relative to its own folder. */
export interface FileBeside {
  /** Where it is in the repository. */
  readonly source: string;
  readonly content: string;
  readonly executable: boolean;
}

/** Quadlet sources deployed byte for byte; `files` maps the unit or drop-in path to its content. */
export interface RawInstance extends InstanceBase {
  readonly kind: "raw";
  readonly files: ReadonlyMap<string, string>;
  /** The files that its Quadlets name, by path relative to their folder; absent: none. */
  readonly beside?: ReadonlyMap<string, FileBeside>;
}

export type Instance = PatternInstance | RawInstance;

export interface NetworkSpec {
  readonly name: string;
  readonly place?: Place | undefined;
  readonly subnet?: string | undefined;
  readonly gateway?: string | undefined;
  readonly internal?: boolean | undefined;
  readonly ipv6?: boolean | undefined;
  readonly dns?: readonly string[] | undefined;
}

/** The instance name for shared networks; no manifest may take it. */
export const NETWORKS_INSTANCE = "networks";
