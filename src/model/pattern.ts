import type { AccessKind, HealthSpec, PatternInstance, SecretRef } from "./instance.ts";
import type { PatternGuide } from "./pattern-guide.ts";

/**
 * Liquid text over `instance`, `values`, and the main unit's `hostname` and `port`. An entry of a list or a
 * map that renders to nothing is left out.
 */
type LiquidText = string;

export const PARAMETER_TYPES = [
  "string",
  "enum",
  "size",
  "duration",
  "path",
  "secret",
  "integer",
  "boolean",
] as const;

/** One `values.*` parameter of a pattern. */
export interface Parameter {
  /**
   * `size` is `512M`, `duration` `30s`, `path` a folder on the host (absolute or `~/`), `secret` the name of
   * a podman secret, never its content.
   */
  readonly type: (typeof PARAMETER_TYPES)[number];
  readonly description: string;
  /** What an enum takes. */
  readonly values?: readonly string[] | undefined;
  /** Bounds of an integer, both included. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** A regular expression that the whole of a string must match. */
  readonly match?: string | undefined;
  /** In text, `{{ instance }}` is the instance's name. */
  readonly default?: string | number | boolean | undefined;
  readonly required: boolean;
  readonly example?: string | number | boolean | undefined;
}

interface RuleBase {
  readonly reason: string;
  /** The component that it is about; absent: every component of the pattern. */
  readonly component?: string | undefined;
  /** A boolean parameter that switches the rule off if the manifest sets it to true; absent: nothing does. */
  readonly override?: string | undefined;
}

/** A rule that every instance of the pattern must keep; a broken one is an Issue with this reason. */
export type SecurityRule =
  | (RuleBase & { readonly rule: "no-published-ports" })
  | (RuleBase & { readonly rule: "require-middleware"; readonly middleware: string })
  | (RuleBase & { readonly rule: "forbid-middleware"; readonly middleware: string })
  | (RuleBase & { readonly rule: "forbid-network"; readonly network: string })
  /** `{{ instance }}` in a network is the instance's name. */
  | (RuleBase & { readonly rule: "only-networks"; readonly networks: readonly string[] })
  | (RuleBase & { readonly rule: "no-route" })
  | (RuleBase & { readonly rule: "no-plain-secrets" });

/** A Quadlet unit of the pattern: the template that renders it, and the component that its name carries. */
export interface PatternUnit {
  /** Empty for the main unit (`<instance>.container`), else `<instance>-<component>.<kind>`. */
  readonly component: string;
  /** A socket is systemd's own: it is not a Quadlet source, and belongs in systemd's folder of units. */
  readonly kind: "container" | "volume" | "network" | "pod" | "socket";
  readonly template: string;
  /** A Liquid condition over the template context; absent means always. */
  readonly when?: string | undefined;
  /**
   * What a further component runs, as Liquid text if the pattern's own defaults are. The manifest's keys
   * (image, environment, volumes, ...) belong only to the main unit.
   */
  readonly defaults?: Partial<PatternDefaults> | undefined;
  /** Components of this pattern that must be up, and healthy if they have a check, before this one starts. */
  readonly after?: readonly string[] | undefined;
}

/** A podman secret as a container gets it; name and target are Liquid, so that parameters can give them. */
export type SecretUse = Omit<SecretRef, "name" | "target"> & {
  readonly name: LiquidText;
  readonly target?: LiquidText | undefined;
};

/** Limits of the unit's cgroup and service besides memory; each is what systemd's key of that name takes. */
export interface Limits {
  /** 1 to 10000; systemd's own default is 100. */
  readonly cpuWeight?: number | undefined;
  readonly ioWeight?: number | undefined;
  /** `200%` is two processors. */
  readonly cpuQuota?: string | undefined;
  /** How long pulling, starting and becoming healthy may take: systemd time text such as `15min`. */
  readonly startTimeout?: string | undefined;
}

export interface PatternDefaults {
  readonly image?: LiquidText | undefined;
  readonly port?: LiquidText | undefined;
  readonly memory: string;
  readonly memoryHigh?: string | undefined;
  readonly limits?: Limits | undefined;
  /** The first network gives the default route. */
  readonly networks: readonly LiquidText[];
  /** Mounts that are not storage: sockets, time zones, configuration. */
  readonly volumes: readonly LiquidText[];
  readonly devices?: readonly LiquidText[] | undefined;
  readonly publish?: readonly LiquidText[] | undefined;
  readonly environment?: Readonly<Record<string, LiquidText>> | undefined;
  readonly secrets?: readonly SecretUse[] | undefined;
  readonly command?: readonly LiquidText[] | undefined;
  readonly health?: HealthSpec | undefined;
  readonly access: AccessKind;
  readonly middlewares?: readonly string[] | undefined;
}

/**
 * A folder, or a podman volume, that a component keeps data in; it becomes a `Volume=` line of that
 * component.
 */
export interface Storage {
  readonly component: string;
  /** `~/x` or `/x` is a folder, a bare name the podman volume `systemd-<instance>-<name>`. */
  readonly source: LiquidText;
  /** Where the container sees it. */
  readonly target: LiquidText;
  readonly purpose: string;
  readonly mode: string;
  /** `uid:gid` as the container sees them; absent: the user that runs podman. */
  readonly owner?: LiquidText | undefined;
  /** Copy on write off on btrfs, set while the folder is empty. */
  readonly nocow: boolean;
  /** Whether other instances mount it too: `:z` instead of `:Z`. */
  readonly shared: boolean;
  /** False if SELinux labels must stay as they are: neither `:z` nor `:Z`. */
  readonly relabel: boolean;
  /** A Liquid condition; absent means writable. */
  readonly readOnly?: string | undefined;
  /** False if the folder must exist already, such as a media library. */
  readonly create: boolean;
  /**
   * A Liquid condition. If it holds, the folder must not be on the file system of the system or of the home
   * folder, as it is while its disk is not mounted; until then quadgate leaves the instance alone. Absent
   * means never.
   */
  readonly requireMount?: string | undefined;
}

/** An endpoint that Prometheus scrapes. One whose port renders to nothing is left out. */
export interface Metrics {
  readonly component: string;
  readonly port: LiquidText;
  readonly path: LiquidText;
  readonly interval: string;
}

/** What the host must have before the first deployment, besides what parameters of type secret name. */
interface Requirements {
  /** The oldest podman that works, such as `5.3`. */
  readonly podman?: string | undefined;
  /** Free space where the data goes. */
  readonly disk?: string | undefined;
  readonly devices: readonly {
    readonly path: LiquidText;
    readonly why: string;
    readonly optional: boolean;
  }[];
  readonly secrets: readonly { readonly name: LiquidText; readonly purpose: string }[];
  /** Kernel parameters and the bounds within which they must be. */
  readonly sysctls: readonly {
    readonly name: string;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    readonly why: string;
    /** Whether quadgate only warns about it and deploys anyway. */
    readonly optional: boolean;
  }[];
}

/** A manifest within a pattern's file. */
export interface ExampleManifest {
  /** The name of its instance. */
  readonly name: string;
  /** As written, with the pattern's name. */
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly instance: PatternInstance;
}

/**
 * A manifest that shows the pattern at work; it must be valid and render, and each shipped one is a golden
 * test.
 */
export interface PatternExample extends ExampleManifest {
  readonly description: string;
  /** Further instances, mostly of other patterns, that it depends on. */
  readonly companions: readonly ExampleManifest[];
}

/** A reusable, documented way to run a kind of service: one YAML file in patterns/. */
export interface Pattern extends PatternGuide {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly defaults: PatternDefaults;
  readonly required: readonly string[];
  readonly units: readonly PatternUnit[];
  readonly storage: readonly Storage[];
  readonly metrics: readonly Metrics[];
  readonly requirements: Requirements;
  readonly rules: readonly SecurityRule[];
  readonly examples: readonly PatternExample[];
  readonly file: string;
}
