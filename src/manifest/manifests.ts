import type { InstanceSpec, PatternInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Pattern } from "../model/pattern.ts";
import type { Place } from "../model/place.ts";
import { issue } from "./codes.ts";
import { check, keyPlaceAt, placeAt } from "./explain.ts";
import { parseSize } from "./formats.ts";
import { manifestSchema } from "./manifest-schema.ts";
import { checkRepositoryPath } from "./mounts.ts";
import type { Patterns } from "./patterns.ts";
import { expectationAt } from "./shape.ts";
import { readValues } from "./values.ts";
import { didYouMean, show } from "./words.ts";
import { readYaml, type YamlText } from "./yaml.ts";

/** What a manifest's text is judged against. */
export interface Surroundings {
  readonly patterns: Patterns;
  /** Repository files by path; `files` of a manifest must name one of them. */
  readonly files: ReadonlyMap<string, string>;
}

/** A manifest that was read: the instance, or undefined where there are issues. All issues name the instance. */
export interface ReadManifest {
  readonly name: string;
  readonly file: string;
  readonly instance: PatternInstance | undefined;
  readonly issues: readonly Issue[];
  /** Names of instances that the file would give if stacks were deployed. */
  readonly members: readonly string[];
  /** What the manifest depends on, known also where something else in it is wrong. */
  readonly dependsOn: readonly Dependency[];
}

export interface Dependency {
  readonly target: string;
  readonly place: Place;
}

/** Reads one manifest and everything in it that can be judged without the other manifests. */
export function readManifest(name: string, file: string, text: string, around: Surroundings): ReadManifest {
  const yaml = readYaml(file, text, (path) => expectationAt(manifestSchema, path));
  const members = membersOfStack(name, yaml.data);
  if (members) {
    const place = keyPlaceAt(yaml, ["services"]);
    const hint = "write one manifest for each service";
    const unsupported = issue("stack-unsupported", "stacks are not supported by this version", {
      place,
      hint,
    });
    return { name, file, instance: undefined, issues: named([unsupported], name), members, dependsOn: [] };
  }
  const { value, issues } = check(yaml, manifestSchema);
  const judged = judgePattern({ name, pattern: patternNameIn(yaml.data) }, value, yaml, around.patterns);
  const all = [...issues, ...judged.issues, ...missingSources(yaml, around.files)];
  const spec = value && judged.values && all.length === 0 ? { ...value, values: judged.values } : undefined;
  const place = placeAt(yaml, []);
  const instance = spec && { kind: "pattern" as const, name, place, spec, places: yaml.places };
  return { name, file, instance, issues: named(all, name), members: [], dependsOn: dependenciesIn(yaml) };
}

function named(issues: readonly Issue[], instance: string): Issue[] {
  return issues.map((one) => ({ ...one, instance }));
}

const isMap = (data: unknown): data is Record<string, unknown> =>
  typeof data === "object" && data !== null && !Array.isArray(data);

function membersOfStack(name: string, data: unknown): string[] | undefined {
  if (!isMap(data) || !Object.hasOwn(data, "services")) return undefined;
  const services = data.services;
  return isMap(services) ? Object.keys(services).map((key) => `${name}-${key}`) : [];
}

/** Known also where the rest of the manifest is wrong, so that all its problems show at once. */
function patternNameIn(data: unknown): string | undefined {
  const name = isMap(data) ? data.pattern : undefined;
  return typeof name === "string" && name !== "" ? name : undefined;
}

function dependenciesIn(yaml: YamlText): Dependency[] {
  const targets = listIn(yaml.data, "dependsOn");
  return targets.flatMap((target, index) =>
    typeof target === "string" && target !== ""
      ? [{ target, place: placeAt(yaml, ["dependsOn", index]) }]
      : [],
  );
}

function listIn(data: unknown, key: string): unknown[] {
  const list = isMap(data) ? data[key] : undefined;
  return Array.isArray(list) ? list : [];
}

type Spec = Omit<InstanceSpec, "values"> & { values: Readonly<Record<string, unknown>> };

/** What a manifest says against its pattern, and the pattern's parameters with the manifest's values. */
export function judgePattern(
  { name: instance, pattern: name }: { name: string; pattern: string | undefined },
  spec: Spec | undefined,
  yaml: YamlText,
  patterns: Patterns,
): { values?: Record<string, unknown>; issues: Issue[] } {
  if (name === undefined) return { issues: [] };
  const place = placeAt(yaml, ["pattern"]);
  if (patterns.broken.has(name)) {
    const message = `pattern ${show(name)} has errors, so this instance stays as it is`;
    return { issues: [issue("pattern-broken", message, { place, hint: `see patterns/${name}.yaml` })] };
  }
  const pattern = patterns.patterns.get(name);
  if (!pattern) {
    const hint = didYouMean(name, [...patterns.patterns.keys(), ...patterns.broken], "patterns");
    return { issues: [issue("pattern-unknown", `there is no pattern ${show(name)}`, { place, hint })] };
  }
  const given = isMap(yaml.data) && isMap(yaml.data.values) ? yaml.data.values : {};
  const { values, issues } = readValues(pattern, given, yaml, instance);
  return { values, issues: [...issues, ...missingKeys(pattern, yaml), ...memoryIssues(spec, pattern, yaml)] };
}

function missingKeys(pattern: Pattern, yaml: YamlText): Issue[] {
  return pattern.required
    .filter((key) => !yaml.places.has(key))
    .map((key) =>
      issue("key-missing", `${show(key)} is missing: pattern ${show(pattern.name)} requires it`, {
        place: placeAt(yaml, ["pattern"]),
      }),
    );
}

/** memoryHigh against the pattern's own limit, where the manifest gives none. */
function memoryIssues(spec: Spec | undefined, pattern: Pattern, yaml: YamlText): Issue[] {
  if (spec?.memoryHigh === undefined || spec.memory !== undefined) return [];
  const { memory } = pattern.defaults;
  const [max, high] = [parseSize(memory), parseSize(spec.memoryHigh)];
  if (max === undefined || high === undefined || high <= max) return [];
  const message = `"memoryHigh" must not be above the memory that pattern ${show(pattern.name)} gives (${memory})`;
  return [issue("value-invalid", message, { place: placeAt(yaml, ["memoryHigh"]), hint: "set memory too" })];
}

function missingSources(yaml: YamlText, files: ReadonlyMap<string, string>): Issue[] {
  return listIn(yaml.data, "files").flatMap((entry, index) => {
    const from = isMap(entry) ? entry.from : undefined;
    if (typeof from !== "string" || files.has(from) || checkRepositoryPath(from)) return [];
    const isFolder = [...files.keys()].some((path) => path.startsWith(`${from}/`));
    const message = isFolder
      ? `${show(from)} is a folder`
      : `there is no file ${show(from)} in the repository`;
    const hint = isFolder ? "list its files one by one" : didYouMean(from, filesToMount(files), "files");
    return [issue("source-missing", message, { place: placeAt(yaml, ["files", index, "from"]), hint })];
  });
}

const filesToMount = (files: ReadonlyMap<string, string>): string[] =>
  [...files.keys()].filter((path) => path.startsWith("files/"));
