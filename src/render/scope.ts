import type { Component, Deciding } from "./component.ts";
import type { Scope } from "./liquid.ts";

/** What is decided per unit outside of its component. */
export interface Extras {
  /** Services that start before this one. */
  readonly after: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The variables of a unit template; docs/writing-patterns.md lists them. Maps come as lists of name and value
 * sorted by name, so that their order in the manifest does not matter. What is not there is null.
 */
export function unitScope(component: Component, deciding: Deciding, extras: Extras): Scope {
  const { instance, pattern, scope } = deciding;
  return {
    ...scope,
    pattern: pattern.name,
    component: component.unit.component,
    name: component.name,
    description: `${component.name} (${pattern.title})`,
    hostname: instance.spec.hostname ?? null,
    image: component.image ?? null,
    port: component.port ?? null,
    memory: component.memory ?? null,
    limits: withNulls({
      cpuWeight: undefined,
      ioWeight: undefined,
      cpuQuota: undefined,
      startTimeout: undefined,
      ...component.limits,
    }),
    networks: component.networks.map((use) => use.reference),
    volumes: component.volumes.map((use) => use.text),
    health: component.health === undefined ? null : withNulls(component.health),
    environment: pairs(component.environment),
    secrets: component.secrets.map(({ name, type, target, mode }) => ({
      name,
      type,
      target: target ?? null,
      mode: mode ?? null,
    })),
    devices: component.devices,
    publish: component.publish,
    labels: pairs(extras.labels),
    command: component.command,
    after: extras.after,
  };
}

function pairs(map: Readonly<Record<string, string>>): readonly { name: string; value: string }[] {
  return Object.entries(map)
    .map(([name, value]) => ({ name, value }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Liquid is strict about what is undefined, and content with what is null. */
function withNulls<T extends object>(values: T): Scope {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? null]));
}
