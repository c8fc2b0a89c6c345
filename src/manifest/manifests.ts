import type { FileSpec, PatternInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import type { Tree } from "../model/tree.ts";
import { issue } from "./codes.ts";
import { check, keyPlaceAt, placeAt } from "./explain.ts";
import { judgePattern } from "./judge-pattern.ts";
import { manifestSchema } from "./manifest-schema.ts";
import { didYouMean, show } from "./message-parts.ts";
import { checkRepositoryPath } from "./mounts.ts";
import type { Patterns } from "./pattern-set.ts";
import { refusalOf } from "./refused.ts";
import { expectationAt } from "./shape.ts";
import { isMap, manifestPath, readStack } from "./stacks.ts";
import { readYaml, type YamlText } from "./yaml.ts";

/** What a manifest's text is judged against. */
export interface Surroundings extends Pick<Tree, "executable" | "refused"> {
  readonly patterns: Patterns;
  /** Repository files by path; each entry of `files` in a manifest must name one of them. */
  readonly files: ReadonlyMap<string, string>;
}

/** A manifest that was read: the instance, or undefined if there are issues. All issues name the instance. */
export interface ReadManifest {
  readonly name: string;
  readonly file: string;
  /** Where the name is, for an entry of a stack. */
  readonly place?: Place;
  readonly instance: PatternInstance | undefined;
  readonly issues: readonly Issue[];
  /** For a stack itself: the instances of its entries. It has none of its own. */
  readonly members?: readonly string[];
  /** Whether the file may be a stack, whose entries are then unknown. */
  readonly doubtful?: boolean;
  /** For an entry: the keys of its stack, which `dependsOn` may name. */
  readonly siblings?: readonly string[];
  /** What the manifest depends on, also if something else in it is wrong. */
  readonly dependsOn: readonly Dependency[];
}

interface Dependency {
  readonly target: string;
  readonly place: Place;
}

/**
 * Reads one file and judges everything in it that does not need the other files: a manifest, or a stack
 * followed by its entries. A fault in something shared is an issue of every entry that has it.
 */
export function readManifests(
  name: string,
  file: string,
  text: string,
  around: Surroundings,
): ReadManifest[] {
  const yaml = readYaml(file, text, (path) => expectationAt(manifestSchema, manifestPath(path)));
  const stack = readStack(name, yaml, around.patterns);
  if (stack === undefined) {
    return [{ ...readManifest({ name, yaml }, around), doubtful: patternNameIn(yaml.data) === undefined }];
  }
  const issues = named([...yaml.issues, ...stack.issues], name);
  const members = stack.members.map((member) => member.name);
  const head = {
    name,
    file,
    instance: undefined,
    issues,
    members,
    doubtful: members.length === 0,
    dependsOn: [],
  };
  const siblings = stack.members.map(({ key }) => key);
  const entries = stack.members.map(({ name: member, key, yaml: part }) => ({
    ...readManifest({ name: member, yaml: part, stack: { name, siblings } }, around),
    place: keyPlaceAt(yaml, ["services", key]),
    siblings,
  }));
  return [head, ...entries];
}

interface Source {
  readonly name: string;
  readonly yaml: YamlText;
  readonly stack?: { readonly name: string; readonly siblings: readonly string[] };
}

function readManifest(source: Source, around: Surroundings): ReadManifest {
  const { name, yaml, stack } = source;
  const { file } = yaml;
  const { value, issues } = check(yaml, manifestSchema);
  const judged = judgePattern({ name, pattern: patternNameIn(yaml.data) }, value, yaml, around.patterns);
  const all = [...issues, ...judged.issues, ...missingSources(yaml, around)];
  const dependsOn = dependenciesIn(source);
  const spec =
    value && judged.values && all.length === 0
      ? {
          ...value,
          files: value.files.map((one) => withModeInGit(one, around)),
          values: judged.values,
          dependsOn: dependsOn.map(({ target }) => target),
        }
      : undefined;
  const place = placeAt(yaml, []);
  const instance = spec && {
    kind: "pattern" as const,
    name,
    place,
    spec,
    places: yaml.places,
    ...(stack && { stack: stack.name }),
  };
  return { name, file, instance, issues: named(all, name), dependsOn };
}

/** A program in git is one on the host too, unless the manifest says otherwise. */
function withModeInGit(file: FileSpec, { executable }: Surroundings): FileSpec {
  return executable?.has(file.from) ? { ...file, mode: file.mode ?? "0755" } : file;
}

function named(issues: readonly Issue[], instance: string): Issue[] {
  return issues.map((one) => ({ ...one, instance }));
}

/** Known even if the rest of the manifest is wrong, so that all its problems show at once. */
function patternNameIn(data: unknown): string | undefined {
  const name = isMap(data) ? data.pattern : undefined;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** A key of the same stack means that entry, even if an instance elsewhere has such a name. */
function dependenciesIn({ yaml, stack }: Source): Dependency[] {
  const targets = listIn(yaml.data, "dependsOn");
  return targets.flatMap((target, index) => {
    if (typeof target !== "string" || target === "") return [];
    const name = stack?.siblings.includes(target) ? `${stack.name}-${target}` : target;
    return [{ target: name, place: placeAt(yaml, ["dependsOn", index]) }];
  });
}

function listIn(data: unknown, key: string): unknown[] {
  const list = isMap(data) ? data[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function missingSources(yaml: YamlText, { files, refused }: Surroundings): Issue[] {
  return listIn(yaml.data, "files").flatMap((entry, index) => {
    const from = isMap(entry) ? entry.from : undefined;
    if (typeof from !== "string" || files.has(from) || checkRepositoryPath(from)) return [];
    const unread = refusalOf(refused, from);
    if (unread !== undefined) return [unread];
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
