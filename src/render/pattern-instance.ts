import { posix } from "node:path";
import type { InstanceDescription } from "../model/described.ts";
import type { MountRule, Requirements } from "../model/host-requirements.ts";
import type { PatternInstance } from "../model/instance.ts";
import type { PatternUnit } from "../model/pattern.ts";
import type { Unit } from "../model/unit.ts";
import { addressOf } from "./address.ts";
import { checkVersions, compileTemplate, type Draft, finishUnit, managedBy } from "./compile.ts";
import { type Component, decideComponent, instanceScope } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import { describeInstance } from "./describe.ts";
import { mergeEscapeHatch } from "./escape-hatch.ts";
import { fileUnits } from "./files.ts";
import type { Findings } from "./issues.ts";
import { checkLabels, labelsOf, withLabels } from "./labels.ts";
import { decideMetrics, metricsFile } from "./metrics.ts";
import { mountRules, requirementsOf } from "./mount-rules.ts";
import { decideRoute, type Route } from "./route.ts";
import { enforceRules } from "./rules.ts";
import { unitScope } from "./scope.ts";
import { startAfter } from "./services.ts";
import { routeFile } from "./traefik.ts";
import type { UnitLine } from "./unit-text.ts";
import { volumeUnits } from "./volume-units.ts";
import type { World } from "./world.ts";

export interface RenderedInstance {
  readonly units: readonly Unit[];
  readonly route?: Route | undefined;
  /** What quadgate tells people about it; absent if it could not be rendered. */
  readonly described?: () => InstanceDescription;
  readonly mounts?: readonly MountRule[];
  readonly requirements?: Requirements;
}

/** One unit of the instance in progress: the pattern's unit, what was decided for it, its lines. */
interface Part {
  readonly component: Component;
  readonly draft: Draft;
}

/** Renders an instance of a pattern. If there are findings, the units are useless. */
export function renderPatternInstance(
  instance: PatternInstance,
  world: World,
  findings: Findings,
): RenderedInstance {
  const pattern = world.desired.patterns.get(instance.spec.pattern);
  if (pattern === undefined) {
    const message = `there is no pattern "${instance.spec.pattern}"`;
    findings.add("pattern-unknown", message, { path: "pattern" });
    return { units: [] };
  }
  checkLabels(instance, findings);
  const given = { instance, pattern, engine: world.engine, findings };
  const deciding: RenderDecisions = { ...given, scope: instanceScope(given) };
  const components = pattern.units
    .filter((unit) => isWanted(unit, deciding))
    .map((unit) => decideComponent(unit, deciding));
  const main = components.find((component) => component.main);
  const route = timed(world, () => decideRoute(instance, pattern, main?.port, findings));
  const files = fileUnits(instance, world.desired.files, world.home, findings);
  if (findings.any) return { units: [] };

  const common = { deciding, world, route, files, present: containersOf(components) };
  const { parts, socketUnits } = renderParts(components, common);
  judgeParts(parts, common);
  const metrics = decideMetrics(parts, deciding);
  const units = [
    ...parts.map((part) => finishPart(part, common)),
    ...socketUnits,
    ...volumeUnits(components, deciding),
    ...files,
    ...routeUnits(parts, common),
    ...metricsFile(instance, metrics, world, findings),
  ];
  const described = () => describeInstance(deciding, { components, port: main?.port, route, metrics });
  const lines = parts.flatMap((part) => part.draft.lines);
  const needs = { mounts: mountRules(components, deciding), requirements: requirementsOf(lines, deciding) };
  return { units, described, ...needs, route: world.traefik.mode === "off" ? undefined : route };
}

interface Common {
  readonly deciding: RenderDecisions;
  readonly world: World;
  readonly route: Route | undefined;
  readonly files: readonly Unit[];
  /** Components that have a service. */
  readonly present: ReadonlySet<string>;
}

function renderParts(
  components: readonly Component[],
  common: Common,
): { readonly parts: readonly Part[]; readonly socketUnits: readonly Unit[] } {
  const [sockets, others] = partition(components, (component) => component.unit.kind === "socket");
  const socketUnits = sockets.map((component) => finishPart(renderPart(component, common), common));
  // A container follows its sockets as it follows its files.
  const followed = { ...common, files: [...common.files, ...socketUnits] };
  return { parts: others.map((component) => renderPart(component, followed)), socketUnits };
}

function judgeParts(parts: readonly Part[], { deciding, route }: Common): void {
  const { instance, pattern, findings } = deciding;
  const judged = parts.map(({ component, draft }) => ({
    component: component.unit.component,
    lines: draft.lines,
  }));
  enforceRules(pattern, { instance, route, parts: judged }, findings);
}

function timed<T>({ timeRoute }: World, work: () => T): T {
  return timeRoute === undefined ? work() : timeRoute(work);
}

/** Traefik's file for the route; none without a route, or if Traefik does not read files. */
function routeUnits(parts: readonly Part[], { deciding, world, route }: Common): readonly Unit[] {
  if (route === undefined || world.traefik.mode !== "file") return [];
  const { instance, findings } = deciding;
  const container = parts.find((part) => part.component.main);
  const address = addressOf(container?.draft.lines ?? [], instance.name);
  return timed(world, () => routeFile(instance, route, address, world, findings));
}

function containersOf(components: readonly Component[]): ReadonlySet<string> {
  const containers = components.filter(({ unit }) => unit.kind === "container");
  return new Set(containers.map(({ unit }) => unit.component));
}

function partition<T>(
  items: readonly T[],
  test: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function isWanted(unit: PatternUnit, { engine, scope, findings, pattern }: RenderDecisions): boolean {
  if (unit.when === undefined) return true;
  const wanted = engine.condition(unit.when, scope, pattern.file);
  if (typeof wanted === "boolean") return wanted;
  findings.adopt(wanted);
  return false;
}

function renderPart(component: Component, { deciding, world, route, files, present }: Common): Part {
  const { instance, pattern, findings } = deciding;
  const template = component.unit.template;
  const scope = unitScope(component, deciding, {
    after: startAfter(component, deciding, world, present),
    labels: component.main ? labelsOf(instance, component, route, world) : {},
  });
  const rendered = world.engine.unit(template, scope);
  if (!rendered.ok) {
    findings.adopt(rendered.issue);
    return { component, draft: { sections: [], lines: [] } };
  }
  const compiled = compileTemplate(rendered.text, { template, instance, findings });
  const merged = component.main ? mergeEscapeHatch(compiled, instance, findings) : compiled;
  const draft = component.unit.kind === "container" ? withLabels(merged, instance, component, files) : merged;
  checkVersions(draft, world.podmanVersion, findings);
  if (component.unit.kind === "container" && !draft.lines.some((line) => isImage(line))) {
    findings.add("key-missing", `the pattern ${pattern.name} has no default image`, {
      hint: "add image:",
    });
  }
  return { component, draft };
}

function isImage(line: UnitLine): boolean {
  return line.section === "Container" && (line.key === "Image" || line.key === "Rootfs");
}

function finishPart(part: Part, { deciding: { instance }, world }: Pick<Common, "deciding" | "world">): Unit {
  const { kind } = part.component.unit;
  const name = `${part.component.name}.${kind}`;
  const place = kind === "socket" ? systemdUnit(name, world) : { name, kind };
  return finishUnit({
    ...place,
    instance: instance.name,
    origin: instance.place,
    source: instance,
    comment: managedBy(instance.place.file),
    draft: part.draft,
  });
}

/** A unit that Quadlet does not read: a file in systemd's own folder. */
function systemdUnit(name: string, { home, systemdDir }: World): { name: string; kind: "file" } {
  return { name: posix.join(systemdDir ?? `${home}/.config/systemd/user`, name), kind: "file" };
}
