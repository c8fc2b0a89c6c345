import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readDesiredState } from "../../../src/manifest/index.ts";
import type { DesiredState } from "../../../src/model/desired-state.ts";
import {
  type Instance,
  type InstanceSpec,
  NO_POLICY,
  type PatternInstance,
} from "../../../src/model/instance.ts";
import type { Pattern } from "../../../src/model/pattern.ts";
import type { Place } from "../../../src/model/place.ts";
import type { RenderContext } from "../../../src/render/index.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Files below a folder, by path relative to it. */
export function readFolder(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return new Map(paths.toSorted().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** The patterns and templates that quadgate ships. */
export const SHIPPED = {
  patterns: readFolder(join(ROOT, "patterns")),
  templates: readFolder(join(ROOT, "templates")),
};

const shippedState = readDesiredState({ revision: null, files: new Map() }, SHIPPED, { host: "test" });

export const CONTEXT: RenderContext = {
  traefik: { mode: "file", dynamicDir: "~/traefik/dynamic" },
  prometheus: { mode: "file", targetsDir: "~/prometheus/targets" },
  home: "/home/ada",
  unitDir: "/home/ada/.config/containers/systemd",
  podmanVersion: "5.4.2",
};

/** A desired state with the shipped patterns and templates. */
export function state(instances: readonly Instance[], overrides: Partial<DesiredState> = {}): DesiredState {
  return {
    revision: null,
    instances,
    networks: [],
    patterns: shippedState.patterns,
    templates: shippedState.templates,
    files: new Map(),
    invalid: new Set(),
    doubtful: new Set(),
    complete: true,
    issues: [],
    ...overrides,
  };
}

/** The same with one pattern and some templates more. */
export function withPattern(
  desired: DesiredState,
  pattern: Pattern,
  templates: Readonly<Record<string, string>> = {},
): DesiredState {
  return {
    ...desired,
    patterns: new Map([...desired.patterns, [pattern.name, pattern]]),
    templates: new Map([...desired.templates, ...Object.entries(templates)]),
  };
}

export function pattern(overrides: Partial<Pattern> = {}): Pattern {
  return {
    name: "plain",
    title: "Plain",
    description: "A container and nothing else.",
    useCases: [],
    parameters: {},
    defaults: {
      image: "docker.io/library/alpine:3",
      memory: "256M",
      networks: [],
      volumes: [],
      access: "none",
    },
    required: [],
    units: [{ component: "", kind: "container", template: "quadlets/container" }],
    storage: [],
    metrics: [],
    requirements: { devices: [], secrets: [], sysctls: [] },
    rules: [],
    notFor: [],
    networkNotes: [],
    deploymentOrder: [],
    validation: [],
    beforeDeployment: [],
    afterDeployment: [],
    commonIssues: [],
    exampleServices: [],
    examples: [],
    file: "patterns/plain.yaml",
    ...overrides,
  };
}

/** An instance whose manifest has `places` at made-up lines: the order of the paths given. */
export function instance(
  name: string,
  spec: Partial<InstanceSpec> & Pick<InstanceSpec, "pattern">,
  places: readonly string[] = [],
): PatternInstance {
  const file = `desired-state/${name}.yaml`;
  const lines = places.map((path, index): [string, Place] => [path, { file, line: index + 2, column: 1 }]);
  const parameters = Object.entries(shippedState.patterns.get(spec.pattern)?.parameters ?? {});
  const defaults = Object.fromEntries(parameters.map(([key, parameter]) => [key, parameter.default ?? null]));
  return {
    kind: "pattern",
    name,
    place: { file },
    places: new Map(lines),
    spec: {
      environment: {},
      secrets: [],
      volumes: [],
      requireMount: [],
      devices: [],
      publish: [],
      labels: {},
      dependsOn: [],
      files: [],
      hooks: { beforeUpdate: [], afterUpdate: [] },
      ends: false,
      suspend: false,
      prune: true,
      quadlet: {},
      ...spec,
      values: { ...defaults, ...spec.values },
    },
  };
}

export function raw(name: string, files: Readonly<Record<string, string>>): Instance {
  const first = Object.keys(files)[0] ?? name;
  return {
    kind: "raw",
    name,
    place: { file: `desired-state/${first}` },
    files: new Map(Object.entries(files)),
    spec: NO_POLICY,
    places: new Map(),
  };
}

/** A web application that fulfils everything reverse-proxy-backend asks for. */
export function backend(name: string, spec: Partial<InstanceSpec> = {}, places: readonly string[] = []) {
  return instance(
    name,
    {
      pattern: "reverse-proxy-backend",
      image: "docker.io/library/nginx:1.27",
      hostname: `${name}.example.org`,
      port: 8080,
      ...spec,
    },
    places,
  );
}
