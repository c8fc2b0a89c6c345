import type { Component, DecidedHealth } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import type { Scope } from "./liquid.ts";

/** What is decided per unit outside of its component. */
export interface Extras {
  /** Services that start before this one. */
  readonly after: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The variables of a unit template, listed in docs/writing-patterns.md. Maps are lists of name and value
 * sorted by name, so that their order in the manifest does not matter. Missing values are null, because
 * Liquid is strict about undefined ones.
 */
export function unitScope(component: Component, deciding: RenderDecisions, extras: Extras): Scope {
  const { instance, pattern } = deciding;
  const { limits, health } = component;
  return {
    instance: instance.name,
    values: instance.spec.values,
    pattern: pattern.name,
    component: component.unit.component,
    name: component.name,
    description: `${component.name} (${pattern.title})`,
    hostname: instance.spec.hostname ?? null,
    image: component.image ?? null,
    port: component.port ?? null,
    memory: component.memory ?? null,
    limits: {
      cpuWeight: limits.cpuWeight ?? null,
      ioWeight: limits.ioWeight ?? null,
      cpuQuota: limits.cpuQuota ?? null,
      startTimeout: limits.startTimeout ?? null,
    },
    networks: component.networks.map((use) => use.reference),
    volumes: component.volumes.map((use) => use.text),
    health: health === undefined ? null : healthScope(health),
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

function healthScope({ cmd, enabled, interval, timeout, startPeriod, retries }: DecidedHealth): Scope {
  return {
    cmd,
    enabled,
    interval: interval ?? null,
    timeout: timeout ?? null,
    startPeriod: startPeriod ?? null,
    retries: retries ?? null,
  };
}
