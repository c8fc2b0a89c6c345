import type { DesiredState, Instance, PatternInstance } from "../model/instance.ts";
import type { Pattern, PatternUnit } from "../model/pattern.ts";
import type { Settings } from "../model/settings.ts";
import { LABEL_INSTANCE, type Unit } from "../model/unit.ts";
import { checkVersions, compileTemplate, type Draft, finishUnit } from "./compile.ts";
import { type Component, type Deciding, decideComponent, parameterValues } from "./component.ts";
import { mergeEscapeHatch } from "./escape-hatch.ts";
import { filesDigest, fileUnits, LABEL_FILES } from "./files.ts";
import type { Findings } from "./issues.ts";
import type { Engine } from "./liquid.ts";
import { podmanNetwork } from "./networks.ts";
import { decideRoute, type Route, routeLabels } from "./route.ts";
import { enforceRules } from "./rules.ts";
import { unitScope } from "./scope.ts";
import { servicesOfInstance } from "./services.ts";
import { routeFile } from "./traefik.ts";
import type { UnitLine } from "./unit-text.ts";

/** What rendering knows besides the desired state. */
export interface RenderContext {
  readonly traefik: Settings["traefik"];
  /** Absolute path of the home folder that `~` means. */
  readonly home: string;
  /** For example `5.4.2`; keys that are newer are refused. Text that is no version knows all keys. */
  readonly podmanVersion: string;
}

/** The context of one rendering, the same for all instances. */
export interface World extends RenderContext {
  readonly desired: DesiredState;
  readonly engine: Engine;
  readonly instances: ReadonlyMap<string, Instance>;
  /** Podman's names of networks whose raw unit gives them one. */
  readonly networkNames: ReadonlyMap<string, string>;
}

export interface RenderedInstance {
  readonly units: readonly Unit[];
  readonly route?: Route | undefined;
}

/** One unit of the instance on its way: the pattern's unit, what was decided for it, its lines. */
interface Part {
  readonly component: Component;
  readonly draft: Draft;
}

/** Renders an instance of a pattern. With findings, the units are of no use. */
export function renderPatternInstance(
  instance: PatternInstance,
  world: World,
  findings: Findings,
): RenderedInstance {
  const pattern = world.desired.patterns.get(instance.spec.pattern);
  if (pattern === undefined) {
    const message = `there is no pattern "${instance.spec.pattern}"`;
    findings.add("pattern-missing", message, { path: "pattern" });
    return { units: [] };
  }
  checkManifest(instance, pattern, findings);
  const scope = {
    instance: instance.name,
    values: parameterValues(pattern, instance.spec.values),
  };
  const deciding: Deciding = { instance, pattern, scope, engine: world.engine, findings };
  const components = pattern.units
    .filter((unit) => isWanted(unit, deciding))
    .map((unit) => decideComponent(unit, deciding));
  const main = components.find((component) => component.main);
  const route = decideRoute(instance, pattern, main?.port, findings);
  const files = fileUnits(instance, world.desired.files, world.home, findings);
  if (findings.any) return { units: [] };

  const common = { deciding, world, route, files };
  const parts = components.map((component) => renderPart(component, common));
  const container = parts.find((part) => part.component.main);
  enforceRules(pattern, { instance, route, lines: parts.flatMap((part) => part.draft.lines) }, findings);
  const units = [
    ...parts.map((part) => finishPart(part, instance)),
    ...volumeUnits(components, common),
    ...files,
    ...(route === undefined || world.traefik.mode !== "file"
      ? []
      : routeFile(
          instance,
          route,
          containerName(container?.draft.lines ?? [], instance.name),
          world,
          findings,
        )),
  ];
  return { units, route: world.traefik.mode === "off" ? undefined : route };
}

interface Common {
  readonly deciding: Deciding;
  readonly world: World;
  readonly route: Route | undefined;
  readonly files: readonly Unit[];
}

function checkManifest(instance: PatternInstance, pattern: Pattern, findings: Findings): void {
  const { spec } = instance;
  for (const key of pattern.required) {
    const value = key.startsWith("values.") ? spec.values[key.slice(7)] : spec[key as keyof typeof spec];
    if (value === undefined) findings.add("required-missing", `the pattern ${pattern.name} needs "${key}"`);
  }
  for (const [name, parameter] of Object.entries(pattern.parameters)) {
    if (!parameter.required || parameter.default !== undefined || spec.values[name] !== undefined) continue;
    const hint = parameter.description;
    findings.add("required-missing", `the pattern ${pattern.name} needs "values.${name}"`, {
      path: "values",
      hint,
    });
  }
  for (const label of Object.keys(spec.labels).filter((name) => name.startsWith("io.quadgate."))) {
    findings.add("label-reserved", `the label ${label} is quadgate's own`, { path: `labels.${label}` });
  }
}

function isWanted(unit: PatternUnit, { engine, scope, findings, pattern }: Deciding): boolean {
  if (unit.when === undefined) return true;
  const wanted = engine.condition(unit.when, scope, pattern.file);
  if (typeof wanted === "boolean") return wanted;
  findings.adopt(wanted);
  return false;
}

function renderPart(component: Component, { deciding, world, route, files }: Common): Part {
  const { instance, pattern, findings } = deciding;
  const template = component.unit.template;
  const scope = unitScope(component, deciding, {
    after: startAfter(component, deciding, world),
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
    findings.add("required-missing", `the pattern ${pattern.name} has no default image`, {
      hint: "add image:",
    });
  }
  return { component, draft };
}

function isImage(line: UnitLine): boolean {
  return line.section === "Container" && (line.key === "Image" || line.key === "Rootfs");
}

/** Services that must be up first: the instances depended on, and other components of this one. */
function startAfter(component: Component, { instance }: Deciding, world: World): readonly string[] {
  const others = component.main ? instance.spec.dependsOn : [];
  const services = others.flatMap((name) => {
    const other = world.instances.get(name);
    // One that could not be read has no units now, but its service may well run.
    if (other === undefined) return [`${name}.service`];
    return servicesOfInstance(
      other,
      other.kind === "pattern" ? world.desired.patterns.get(other.spec.pattern) : undefined,
    );
  });
  const own = (component.unit.after ?? []).map(
    (name) => `${instance.name}${name === "" ? "" : `-${name}`}.service`,
  );
  return [...new Set([...services, ...own])];
}

function labelsOf(
  instance: PatternInstance,
  component: Component,
  route: Route | undefined,
  world: World,
): Readonly<Record<string, string>> {
  if (route === undefined || world.traefik.mode !== "labels") return instance.spec.labels;
  const network = component.networks.find((use) => use.network !== undefined)?.network;
  const podmanName =
    network === undefined ? undefined : (world.networkNames.get(network) ?? podmanNetwork(network));
  return { ...routeLabels(instance.name, route, podmanName), ...instance.spec.labels };
}

function withLabels(
  draft: Draft,
  instance: PatternInstance,
  component: Component,
  files: readonly Unit[],
): Draft {
  const label = (text: string): UnitLine => ({ section: "Container", key: "Label", value: text });
  const digest = component.main && files.length > 0 ? [label(`${LABEL_FILES}=${filesDigest(files)}`)] : [];
  const lines = [...draft.lines, label(`${LABEL_INSTANCE}=${instance.name}`), ...digest];
  return { sections: draft.sections, lines };
}

function comments(instance: PatternInstance): readonly string[] {
  return [`Managed by quadgate. Change ${instance.place.file} in the repository, not this file.`];
}

function finishPart(part: Part, instance: PatternInstance): Unit {
  const { kind } = part.component.unit;
  return finishUnit({
    name: `${part.component.name}.${kind}`,
    kind,
    instance: instance.name,
    origin: instance.place,
    source: instance,
    comments: comments(instance),
    draft: part.draft,
  });
}

/** A unit for every named volume that a component mounts, so that podman's volume has an owner. */
function volumeUnits(components: readonly Component[], { deciding, world }: Common): readonly Unit[] {
  const { instance, findings } = deciding;
  const names = components.flatMap((component) => component.volumes.flatMap((volume) => volume.named ?? []));
  return [...new Set(names)].flatMap((volume) => {
    const template = "quadlets/volume";
    const rendered = world.engine.unit(template, { instance: instance.name, volume });
    if (!rendered.ok) {
      findings.adopt(rendered.issue);
      return [];
    }
    return [
      finishUnit({
        name: `${instance.name}-${volume}.volume`,
        kind: "volume",
        instance: instance.name,
        origin: instance.place,
        source: instance,
        comments: comments(instance),
        draft: compileTemplate(rendered.text, { template, instance, findings }),
      }),
    ];
  });
}

/** The name that podman gives the container, whichever key decided it. */
function containerName(lines: readonly UnitLine[], fallback: string): string {
  const line = lines.findLast(
    (candidate) => candidate.section === "Container" && candidate.key === "ContainerName",
  );
  return line?.value ?? fallback;
}
