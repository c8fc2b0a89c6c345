import type { AccessKind, HealthSpec } from "./instance.ts";

/** One `values.*` parameter of a pattern. */
export interface Parameter {
  readonly type: "string" | "integer" | "boolean" | "enum" | "size";
  readonly description: string;
  readonly values?: readonly string[] | undefined;
  readonly default?: string | number | boolean | undefined;
  readonly required: boolean;
  readonly example?: string | number | boolean | undefined;
}

/** A rule that every instance of the pattern must keep; a broken one is an Issue with this reason. */
export type SecurityRule =
  | { readonly rule: "no-published-ports"; readonly reason: string }
  | { readonly rule: "require-middleware"; readonly middleware: string; readonly reason: string }
  | { readonly rule: "forbid-middleware"; readonly middleware: string; readonly reason: string }
  | { readonly rule: "forbid-network"; readonly network: string; readonly reason: string }
  | { readonly rule: "no-route"; readonly reason: string };

/** A Quadlet unit of the pattern: which template renders it, and the component its name carries. */
export interface PatternUnit {
  /** Empty for the main unit (`<instance>.container`), else `<instance>-<component>.<kind>`. */
  readonly component: string;
  readonly kind: "container" | "volume" | "network" | "pod";
  readonly template: string;
  /** A Liquid condition over the template context; absent means always. */
  readonly when?: string | undefined;
  /**
   * What a further component runs, as Liquid text where the pattern's own defaults are. The manifest's keys
   * (image, environment, volumes, ...) belong to the main unit alone.
   */
  readonly defaults?: Partial<PatternDefaults> | undefined;
  /** Components of this pattern that must be up, and healthy where they have a check, before this one starts. */
  readonly after?: readonly string[] | undefined;
}

export interface PatternDefaults {
  /** Liquid text, for images and ports that depend on a parameter. */
  readonly image?: string | undefined;
  readonly port?: string | undefined;
  readonly memory: string;
  readonly memoryHigh?: string | undefined;
  /** Liquid text each; the first network gives the default route. One that renders to nothing is left out. */
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly health?: HealthSpec | undefined;
  readonly access: AccessKind;
  readonly middlewares?: readonly string[] | undefined;
}

/** A reusable, documented way to run a kind of service: one YAML file in patterns/. */
export interface Pattern {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly useCases: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly defaults: PatternDefaults;
  readonly required: readonly string[];
  readonly units: readonly PatternUnit[];
  readonly rules: readonly SecurityRule[];
  readonly checklist: readonly string[];
  readonly file: string;
}
