import type { Instance, RawInstance } from "../model/instance.ts";
import type { Pattern } from "../model/pattern.ts";
import { plainKindOf } from "../model/plain-unit.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import { type Component, componentName } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import type { World } from "./world.ts";

/** What Quadlet appends to a unit's stem to name the service. */
const SUFFIXES: Readonly<Record<string, string>> = {
  container: "",
  kube: "",
  pod: "-pod",
  network: "-network",
  volume: "-volume",
  image: "-image",
  build: "-build",
};

/** The service that Quadlet generates from a unit file. */
export function serviceOf(unitName: string, content: string): string {
  if (plainKindOf(unitName) !== undefined) return unitName;
  const own = /^\s*ServiceName\s*=\s*(\S+)\s*$/m.exec(content)?.[1];
  const stem = unitName.slice(0, unitName.lastIndexOf("."));
  return `${own ?? stem + (SUFFIXES[unitKindOf(unitName) ?? ""] ?? "")}.service`;
}

/**
 * The services that "after this instance" means: its main container; for raw Quadlets the containers, pods
 * and kube units, or all others if there are none of these.
 */
function servicesOfInstance(instance: Instance, pattern: Pattern | undefined): readonly string[] {
  if (instance.kind === "pattern") {
    const own = instance.spec.quadlet.Container?.ServiceName;
    const containers = pattern?.units.filter((unit) => unit.kind === "container") ?? [];
    const main = containers.find((unit) => unit.component === "") ?? containers.at(-1);
    const name = typeof own === "string" ? own : componentName(instance.name, main?.component ?? "");
    return [`${name}.service`];
  }
  return unitsThatRun(instance).map((name) => serviceOf(name, instance.files.get(name) ?? ""));
}

/** The units of a raw Quadlet that run something; all of its units if none does. Drop-ins are left out. */
export function unitsThatRun({ files }: RawInstance): readonly string[] {
  const mains = [...files.keys()].filter((name) => mainUnitOf(name) === name);
  const running = mains.filter((name) => ["container", "pod", "kube"].includes(unitKindOf(name) ?? ""));
  const services = mains.filter((name) => plainKindOf(name) === "service");
  return [running, services, mains].find((units) => units.length > 0) ?? [];
}

/** The services of the instances that one depends on. */
export function dependedOn({ spec }: Instance, world: World): readonly string[] {
  const services = spec.dependsOn.flatMap((name) => {
    const other = world.instances.get(name);
    // An unreadable instance has no units now, but its service may well run.
    if (other === undefined) return [`${name}.service`];
    return servicesOfInstance(
      other,
      other.kind === "pattern" ? world.desired.patterns.get(other.spec.pattern) : undefined,
    );
  });
  return [...new Set(services)];
}

/**
 * Services that must be up first: the instances depended on, and other components of this one. `present` has
 * the components of this instance.
 */
export function startAfter(
  component: Component,
  { instance }: RenderDecisions,
  world: World,
  present: ReadonlySet<string>,
): readonly string[] {
  const services = component.main ? dependedOn(instance, world) : [];
  const earlier = (component.unit.after ?? []).filter((name) => present.has(name));
  const own = earlier.map((name) => `${componentName(instance.name, name)}.service`);
  return [...new Set([...services, ...own])];
}
