import type { DesiredState } from "../model/desired-state.ts";
import {
  type Instance,
  NETWORKS_INSTANCE,
  type NetworkSpec,
  type PatternInstance,
  type RawInstance,
} from "../model/instance.ts";
import { type Issue, instancesOf } from "../model/issue.ts";
import { formatPlace } from "../model/place.ts";
import type { Tree } from "../model/tree.ts";
import { filesBeside } from "./beside.ts";
import { byPlace, issue } from "./codes.ts";
import { checkEncoding } from "./encoding.ts";
import { DESIRED_STATE, roleOf } from "./layout.ts";
import { type ReadManifest, readManifests, type Surroundings } from "./manifests.ts";
import { checkNames, checkNetworkUnits } from "./names.ts";
import { readNetworks } from "./networks.ts";
import { compareText, filesBelow, isHidden } from "./paths.ts";
import { overlay, readPatterns } from "./patterns.ts";
import { readRaw, type UnitFile } from "./raw.ts";
import { readRefused } from "./refused.ts";
import * as relations from "./relations.ts";

/** Patterns and templates that quadgate ships, by path below patterns/ and templates/. */
export interface ShippedFiles {
  readonly patterns: ReadonlyMap<string, string>;
  readonly templates: ReadonlyMap<string, string>;
}

/**
 * What a commit asks of one host. Never throws for bad input: `issues` has the problems of all files, in the
 * order of files and lines, and `invalid` names what must stay as it is because of them. Instances are in the
 * order of their names; those for other hosts are checked and left out.
 */
export function readDesiredState(tree: Tree, shipped: ShippedFiles, context: { host: string }): DesiredState {
  const { beside, raw } = readUnits(tree);
  const refused = readRefused(tree, beside.named);
  const overlaid = overlay(shipped.patterns, tree, "patterns");
  const patterns = readPatterns(overlaid, shipped.patterns, refused.patterns);
  const templates = readTemplates(overlay(shipped.templates, tree, "templates"));
  const files = readFiles(tree, { ...tree, patterns }, beside.claimed);
  files.issues.push(...refused.issues, ...beside.issues, ...templates.issues);
  const networks = files.networks ?? { networks: [], issues: [] };
  const manifests = files.manifests.flatMap(({ instance }) => instance ?? []);
  const related = relate(manifests, raw.instances, context.host);
  const issues = [
    ...patterns.issues,
    ...files.issues,
    ...files.manifests.flatMap((manifest) => manifest.issues),
    ...raw.issues,
    ...networks.issues,
    ...checkNames(files.manifests, raw.instances),
    ...checkNetworkUnits(networks.networks, raw.instances),
    ...relations.unknownDependencies(files.manifests, raw.instances, knownNames(files, raw.instances)),
    ...related.issues,
  ].toSorted(byPlace);
  const invalid = invalidNames(issues, related.invalid, files.manifests);
  const instances = [...manifests, ...raw.instances]
    .filter((instance) => !invalid.has(instance.name) && relations.isForHost(instance, context.host))
    .toSorted((a, b) => compareText(a.name, b.name));
  return {
    revision: tree.revision,
    instances,
    networks: networks.networks,
    patterns: patterns.patterns,
    templates: templates.usable,
    files: mounted(instances, tree),
    invalid,
    doubtful: doubtfulStems(files),
    complete: refused.complete,
    issues: withoutRepeats(issues),
    warnings: files.warnings,
  };
}

/** Leaves out templates that are not text, so that what needs them is left alone. */
function readTemplates(files: ReadonlyMap<string, string>) {
  const issues = [...files].flatMap(([path, text]) => checkEncoding(`templates/${path}`, text));
  const faulty = new Set(issues.map(({ place }) => place?.file));
  return { usable: new Map([...files].filter(([path]) => !faulty.has(`templates/${path}`))), issues };
}

/** A fault in what a stack's entries share is an issue of each, but is reported once. */
function withoutRepeats(issues: readonly Issue[]): readonly Issue[] {
  return [
    ...new Map(
      issues.toReversed().map((one) => [`${formatPlace(one.place ?? { file: "" })} ${one.message}`, one]),
    ).values(),
  ].toReversed();
}

/** Instances to leave as they are: those with issues or in circles, and the entries of faulty stacks. */
function invalidNames(
  issues: readonly Issue[],
  inCircles: readonly string[],
  manifests: readonly ReadManifest[],
): ReadonlySet<string> {
  const faulty = new Set(issues.flatMap(instancesOf));
  return new Set([...faulty, ...inCircles, ...entriesOf(manifests, faulty)]);
}

/** The entries of a stack that is wrong as a whole. */
function entriesOf(manifests: readonly ReadManifest[], faulty: ReadonlySet<string>): readonly string[] {
  return manifests.flatMap(({ name, members = [] }) => (faulty.has(name) ? members : []));
}

/** Files that may be stacks, so that the instances they ask for are unknown. */
function doubtfulStems({ manifests, issues }: ReadFiles): ReadonlySet<string> {
  const stems = manifests.filter(({ doubtful }) => doubtful).map(({ name }) => name);
  return new Set([...stems, ...issues.flatMap(({ instance }) => instance ?? [])]);
}

interface ReadFiles {
  readonly manifests: ReadManifest[];
  readonly issues: Issue[];
  readonly warnings: Issue[];
  networks?: { networks: NetworkSpec[]; issues: Issue[] };
}

/** The files of desired-state/ by their paths in it, in the order of these. */
function desiredFiles(tree: Tree): readonly (readonly [path: string, text: string])[] {
  return [...filesBelow(tree.files, DESIRED_STATE)].toSorted(([a], [b]) => compareText(a, b));
}

/** Raw Quadlets and plain units, with the files that belong to them. */
function readUnits(tree: Tree) {
  const units = unitFiles(tree);
  const beside = filesBeside(tree, units);
  const others = units.filter(({ file }) => !beside.claimed.has(file));
  return { beside, raw: readRaw(others, beside.files) };
}

function unitFiles(tree: Tree): readonly UnitFile[] {
  return desiredFiles(tree).flatMap(([path, text]) => {
    const role = roleOf(path);
    return role.role === "unit" ? [{ ...role, file: `${DESIRED_STATE}/${path}`, text }] : [];
  });
}

/** Every other file of desired-state/ by its role, without those that belong to raw Quadlets. */
function readFiles(tree: Tree, around: Surroundings, claimed: ReadonlySet<string>): ReadFiles {
  const read: ReadFiles = { manifests: [], issues: [], warnings: [] };
  for (const [path, text] of desiredFiles(tree)) {
    const file = `${DESIRED_STATE}/${path}`;
    const role = roleOf(path);
    if (claimed.has(file) || role.role === "unit") continue;
    if (isHidden(path)) {
      if (role.role === "manifest") read.warnings.push(passedOver(file));
      continue;
    }
    if (role.role === "manifest" && isKubernetes(text)) read.issues.push(strayKubernetes(file, role.name));
    else if (role.role === "manifest") read.manifests.push(...readManifests(role.name, file, text, around));
    if (role.role === "networks") read.networks = readNetworks(file, text);
    if (role.role === "refused") read.issues.push(role.issue);
  }
  return read;
}

/** Editors and other programs keep YAML in such folders too, so nobody knows whose it is. */
function passedOver(file: string): Issue {
  return {
    code: "manifest-hidden",
    message: "quadgate passes over a manifest in a folder whose name begins with a dot",
    place: { file },
    hint: "move it to another folder; Quadlets and units are read there",
  };
}

function isKubernetes(text: string): boolean {
  return /^apiVersion\s*:/m.test(text) && /^kind\s*:/m.test(text) && !/^pattern\s*:/m.test(text);
}

function strayKubernetes(file: string, instance: string): Issue {
  const hint = `name it in Yaml= or ConfigMap= of a .kube beside it, or move it out of ${DESIRED_STATE}/`;
  const message = "this is a Kubernetes object, and no .kube names it";
  return issue("file-type", message, { place: { file }, instance, hint });
}

/** Every name that `dependsOn` may use, including files with errors, which already have an issue. */
function knownNames(files: ReadFiles, raw: readonly Instance[]): ReadonlySet<string> {
  const declared = files.manifests.filter(({ members }) => members === undefined).map(({ name }) => name);
  const refused = files.issues.flatMap(({ instance }) => instance ?? []);
  const known = new Set([...declared, ...refused, ...raw.map(({ name }) => name)]);
  known.delete(NETWORKS_INSTANCE);
  return known;
}

function relate(
  manifests: readonly PatternInstance[],
  raw: readonly RawInstance[],
  host: string,
): { issues: Issue[]; invalid: readonly string[] } {
  const all: readonly Instance[] = [...manifests, ...raw];
  const isHere = (instance: Instance) => relations.isForHost(instance, host);
  const elsewhere = new Set(all.filter((one) => !isHere(one)).map(({ name }) => name));
  const cycles = relations.dependencyCycles(all);
  const issues = [
    ...relations.dependenciesElsewhere(all.filter(isHere), elsewhere, host),
    ...cycles.issues,
    ...relations.sharedTargets(manifests.filter(isHere)),
  ];
  return { issues, invalid: cycles.members };
}

/** The repository's files that these instances mount. */
function mounted(instances: readonly Instance[], tree: Tree): ReadonlyMap<string, string> {
  const wanted = instances.flatMap((instance) => (instance.kind === "pattern" ? instance.spec.files : []));
  return new Map(wanted.map(({ from }) => [from, tree.files.get(from) ?? ""]));
}
