import { LazyMap } from "../lib/lazy-map.ts";
import { formatIssue, type Issue } from "../model/issue.ts";
import type { Pattern } from "../model/pattern.ts";
import type { Tree } from "../model/tree.ts";
import { type IssueCode, issue } from "./codes.ts";
import { check, placeAt } from "./explain.ts";
import { extendYaml, withoutPlus } from "./extend.ts";
import { didYouMean, show } from "./message-parts.ts";
import { compareText, filesBelow, isHidden, stemOf } from "./paths.ts";
import { readExamples, type WrittenExample } from "./pattern-examples.ts";
import { patternSchema } from "./pattern-schema.ts";
import type { Patterns } from "./pattern-set.ts";
import { refusalOf } from "./refused.ts";
import { expectationAt } from "./shape.ts";
import { readYaml, type YamlText } from "./yaml.ts";

/**
 * Shipped files by path, replaced by the repository's files of the same path. Leaves out a file if the
 * repository has something unreadable in its place.
 */
export function overlay(
  shipped: ReadonlyMap<string, string>,
  tree: Tree,
  folder: string,
): ReadonlyMap<string, string> {
  const kept = [...shipped].filter(([path]) => refusalOf(tree.refused, `${folder}/${path}`) === undefined);
  const own = [...filesBelow(tree.files, folder)].filter(([path]) => !isHidden(path));
  return new Map([...kept, ...own]);
}

/**
 * Reads all patterns, their examples last, because these may be instances of any pattern. A broken pattern of
 * the repository does not fall back to the shipped one that it overrides, nor does one of `unread`. A pattern
 * works without its faulty examples.
 */
export function readPatterns(
  files: ReadonlyMap<string, string>,
  shipped: ReadonlyMap<string, string>,
  unread: ReadonlySet<string> = new Set(),
): Patterns {
  const changed = unread.size > 0 || files.size !== shipped.size;
  const own = changed || [...files].some(([path, text]) => shipped.get(path) !== text);
  return own ? readAll(files, shipped, unread) : readShipped(shipped);
}

const shippedPatterns = new WeakMap<ReadonlyMap<string, string>, Patterns>();

/**
 * Shipped patterns have no errors, so each is read at its first use: reading all takes longer than everything
 * else. They do not change while the program runs.
 */
function readShipped(files: ReadonlyMap<string, string>): Patterns {
  const known = shippedPatterns.get(files);
  if (known !== undefined) return known;
  const sources: Sources = { files, shipped: files };
  const patterns: ReadonlyMap<string, Pattern> = new LazyMap(
    [...files.keys()].toSorted(compareText).map(stemOf),
    (name, draft) => {
      const { pattern, examples: written, yaml, issues } = readPattern(`${name}.yaml`, sources);
      if (pattern === undefined) throw new Error(issues.map(formatIssue).join("\n"));
      draft(pattern);
      const { examples, issues: wrong } = readExamples(name, written, yaml, read);
      if (wrong.length > 0) throw new Error(wrong.map(formatIssue).join("\n"));
      return { ...pattern, examples };
    },
  );
  const read: Patterns = { patterns, broken: new Set(), issues: [] };
  shippedPatterns.set(files, read);
  return read;
}

function readAll(
  files: ReadonlyMap<string, string>,
  shipped: ReadonlyMap<string, string>,
  unread: ReadonlySet<string>,
): Patterns {
  const sources: Sources = { files, shipped };
  const patterns = new Map<string, Pattern>();
  const examples = new Map<string, { yaml: YamlText; written: readonly WrittenExample[] }>();
  const broken = new Set(unread);
  const issues: Issue[] = [];
  for (const path of [...files.keys()].toSorted(compareText)) {
    if (path.endsWith(".yml")) issues.push(renamed(`patterns/${path}`));
    if (!/\.ya?ml$/.test(path)) continue;
    const name = stemOf(path);
    const read = path.endsWith(".yml") ? undefined : readPattern(path, sources);
    issues.push(...(read?.issues ?? []));
    if (read?.pattern === undefined) broken.add(name);
    else {
      patterns.set(name, read.pattern);
      examples.set(name, { yaml: read.yaml, written: read.examples });
    }
  }
  for (const name of broken) patterns.delete(name);
  for (const [name, pattern] of [...patterns]) {
    const { yaml, written } = examples.get(name) ?? { yaml: undefined, written: [] };
    if (yaml === undefined) continue;
    const read = readExamples(name, written, yaml, { patterns, broken, issues });
    patterns.set(name, { ...pattern, examples: read.examples });
    issues.push(...read.issues);
  }
  return { patterns, broken, issues };
}

interface Sources {
  /** Every pattern's file, with those of the repository in place of shipped ones. */
  readonly files: ReadonlyMap<string, string>;
  readonly shipped: ReadonlyMap<string, string>;
}

function renamed(file: string): Issue {
  return issue("file-type", "quadgate reads .yaml files, not .yml", {
    place: { file },
    hint: `rename it to ${file.replace(/\.yml$/, ".yaml")}`,
  });
}

interface ReadPattern {
  readonly pattern?: Pattern;
  readonly examples: readonly WrittenExample[];
  readonly yaml: YamlText;
  readonly issues: readonly Issue[];
}

function readPattern(path: string, sources: Sources): ReadPattern {
  const stem = stemOf(path);
  const extended = readExtended(path, sources.files.get(path) ?? "", sources, []);
  if (extended.faults.length > 0) {
    return { yaml: extended.yaml, examples: [], issues: extended.faults };
  }
  const { yaml, value, issues } = check(extended.yaml, patternSchema);
  if (!value) return { yaml, examples: [], issues };
  const { name = stem, extends: _parent, examples, ...rest } = value;
  if (name !== stem) {
    const message = `"name" is ${show(name)}, but the file is named ${show(stem)}`;
    const wrong = issue("value-invalid", message, { place: placeAt(yaml, ["name"]) });
    return { yaml, examples: [], issues: [wrong] };
  }
  return { yaml, examples, issues, pattern: { ...rest, name, examples: [], file: yaml.file } };
}

/** Merges a file over the one that it extends, or says why that is impossible. */
function readExtended(
  path: string,
  text: string,
  sources: Sources,
  children: readonly string[],
): { readonly yaml: YamlText; readonly faults: readonly Issue[] } {
  const yaml = readChild(`patterns/${path}`, text);
  const parent = parentIn(yaml.data);
  if (parent === undefined) return { yaml, faults: [] };
  const fault = (code: IssueCode, message: string, hint?: string) => ({
    yaml,
    faults: [...yaml.issues, issue(code, message, { place: placeAt(yaml, ["extends"]), hint })],
  });
  const name = stemOf(path);
  // Its own name means the shipped pattern that the repository's file replaces.
  const own = parent === name;
  const circle = [...children, name];
  if (children.includes(parent) || (own && sources.files.get(path) === sources.shipped.get(path))) {
    return fault("value-invalid", `"extends" forms a circle: ${[...circle, parent].join(" -> ")}`);
  }
  const parentText = (own ? sources.shipped : sources.files).get(`${parent}.yaml`);
  if (parentText === undefined) {
    const known = [...sources.files.keys()].filter((other) => other.endsWith(".yaml")).map(stemOf);
    const hint = didYouMean(parent, known, "patterns");
    return fault("pattern-unknown", `there is no pattern ${show(parent)}`, hint);
  }
  const extended = own
    ? readExtended(path, parentText, { files: sources.shipped, shipped: sources.shipped }, children)
    : readExtended(`${parent}.yaml`, parentText, sources, circle);
  if (extended.faults.length > 0 || check(extended.yaml, patternSchema).value === undefined) {
    return fault("pattern-broken", `it extends pattern ${show(parent)}, which has errors`);
  }
  return { yaml: extendYaml(extended.yaml, yaml), faults: [] };
}

/** Reads a pattern's file, in which `key+` has the traits of `key`. */
function readChild(file: string, text: string): YamlText {
  return readYaml(file, text, (at) =>
    expectationAt(
      patternSchema,
      at.map((part) => (typeof part === "string" ? withoutPlus(part) : part)),
    ),
  );
}

function parentIn(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, "extends")) return undefined;
  const parent = (data as { extends?: unknown }).extends;
  return typeof parent === "string" && parent !== "" ? parent : undefined;
}
