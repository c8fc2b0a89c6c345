import { LazyMap } from "../lib/lazy-map.ts";
import type { InstanceDescription } from "../model/described.ts";
import type { DesiredState } from "../model/desired-state.ts";
import type { MountRule, Requirements } from "../model/host-requirements.ts";
import type { Instance } from "../model/instance.ts";
import { type Issue, instancesOf } from "../model/issue.ts";
import { isGitMode, mainUnitOf, type Unit } from "../model/unit.ts";
import { flagSharedHostnames } from "./hostnames.ts";
import { Findings } from "./issues.ts";
import { createEngine } from "./liquid.ts";
import { networkUnits } from "./network-units.ts";
import { type RenderedInstance, renderPatternInstance } from "./pattern-instance.ts";
import { placeUnits } from "./placement.ts";
import { rawUnits } from "./raw.ts";
import { unusableTexts } from "./unusable.ts";
import type { RenderContext, World } from "./world.ts";

export interface RenderResult {
  /** By name; those of invalid instances are left out. */
  readonly units: readonly Unit[];
  readonly issues: readonly Issue[];
  /** Instances that could not be rendered, and those that could not be read before. */
  readonly invalid: ReadonlySet<string>;
  /** What quadgate tells people about each instance of a pattern, by its name. */
  readonly described: ReadonlyMap<string, InstanceDescription>;
  /** How quadgate treats containers' mounts; those of raw Quadlets have no rules. */
  readonly mounts: readonly MountRule[];
  readonly requirements: readonly Requirements[];
}

interface Attempt {
  readonly instance: Instance;
  readonly findings: Findings;
  readonly rendered: RenderedInstance;
}

/**
 * Renders everything that a revision wants on this host. The same input always gives the same units. Never
 * throws for user input: an instance with issues is invalid, and all others are rendered.
 */
export function renderUnits(desired: DesiredState, context: RenderContext): RenderResult {
  const world = worldOf(desired, context);
  const attempts = desired.instances.map((instance) => attempt(instance, world));
  if (context.traefik.mode !== "off") flagSharedHostnames(attempts);
  flagDuplicateUnits(attempts);
  const good = attempts.filter((one) => !one.findings.any);
  const own = good.flatMap((one) => one.rendered.units);
  const networks = networkUnits(own, world);
  const issues = [...attempts.map((one) => one.findings), ...networks.findings].flatMap(
    (found) => found.issues,
  );
  return {
    units: [...own, ...networks.units].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    issues,
    invalid: new Set([...desired.invalid, ...issues.flatMap(instancesOf)]),
    described: describedOf(good),
    mounts: good.flatMap(({ rendered }) => rendered.mounts ?? []),
    requirements: good.flatMap(({ rendered }) => rendered.requirements ?? []),
  };
}

/** Few descriptions are used, and each takes much work. */
function describedOf(attempts: readonly Attempt[]): ReadonlyMap<string, InstanceDescription> {
  const given = attempts.flatMap(({ instance, rendered: { described } }) =>
    described === undefined ? [] : [[instance.name, described] as const],
  );
  const byName = new Map(given);
  return new LazyMap(byName.keys(), (name) => byName.get(name)?.());
}

function worldOf(desired: DesiredState, context: RenderContext): World {
  const raw = desired.instances.flatMap((instance) => (instance.kind === "raw" ? [...instance.files] : []));
  const named = raw.flatMap(([name, content]) => {
    const podmanName = /^\s*NetworkName\s*=\s*(\S+)\s*$/m.exec(content)?.[1];
    return name.endsWith(".network") && podmanName !== undefined
      ? [[name.replace(/\.network$/, ""), podmanName] as const]
      : [];
  });
  return {
    ...context,
    desired,
    placed: placeUnits(desired, { deployed: context.deployed ?? new Map(), unitDir: context.unitDir }),
    engine: createEngine(desired.templates),
    instances: new Map(desired.instances.map((instance) => [instance.name, instance])),
    networkNames: new Map(named),
  };
}

function attempt(instance: Instance, world: World): Attempt {
  const findings = new Findings(instance);
  if (instance.kind === "raw") {
    return { instance, findings, rendered: { units: rawUnits(instance, world, findings) } };
  }
  for (const unusable of unusableTexts(instance.spec)) {
    findings.add("value-unrepresentable", `a unit file cannot hold ${unusable.what}`, {
      path: unusable.path,
    });
  }
  const rendered = findings.any ? { units: [] } : renderPatternInstance(instance, world, findings);
  return { instance, findings, rendered };
}

/** Two instances must not share one file; a drop-in may only be beside the unit of another. */
function flagDuplicateUnits(attempts: readonly Attempt[]): void {
  const all = attempts.flatMap((one) => one.rendered.units.map((unit) => ({ one, unit })));
  for (const [name, sharing] of groupBy(all, (entry) => entry.unit.name)) {
    const owners = new Set(sharing.map((entry) => entry.one));
    if (owners.size < 2 || isSameFile(sharing.map(({ unit }) => unit))) continue;
    const names = [...owners].map((one) => one.instance.name).join(" and ");
    for (const one of owners) one.findings.add("name-taken", `${names} both render ${mainUnitOf(name)}`);
  }
}

/** Raw Quadlets may share a file of the repository. */
function isSameFile(units: readonly Unit[]): boolean {
  const sources = new Set(units.map(({ origin }) => origin.file));
  return sources.size === 1 && units.every(({ mode }) => isGitMode(mode));
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
