import type { Issue } from "../model/issue.ts";
import type { Pattern } from "../model/pattern.ts";
import { issue } from "./codes.ts";
import { placeAt, readChecked } from "./explain.ts";
import { compareText, filesBelow, stemOf } from "./paths.ts";
import { patternSchema } from "./pattern-schema.ts";
import { show } from "./words.ts";

export interface Patterns {
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** Names of patterns that exist and have errors. */
  readonly broken: ReadonlySet<string>;
  readonly issues: readonly Issue[];
}

/** Shipped files by path, with the repository's files of the same path in their place. */
export function overlay(
  shipped: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
  folder: string,
): ReadonlyMap<string, string> {
  return new Map([...shipped, ...filesBelow(files, folder)]);
}

/** Reads all patterns. A broken one of the repository does not fall back to the shipped one it overrides. */
export function readPatterns(files: ReadonlyMap<string, string>): Patterns {
  const patterns = new Map<string, Pattern>();
  const broken = new Set<string>();
  const issues: Issue[] = [];
  for (const [path, text] of [...files].toSorted(([a], [b]) => compareText(a, b))) {
    const file = `patterns/${path}`;
    if (path.endsWith(".yml")) issues.push(renamed(file));
    if (!/\.ya?ml$/.test(path)) continue;
    const name = stemOf(path);
    const read = path.endsWith(".yml") ? undefined : readPattern(file, name, text);
    issues.push(...(read?.issues ?? []));
    if (read?.pattern) patterns.set(name, read.pattern);
    else broken.add(name);
  }
  for (const name of broken) patterns.delete(name);
  return { patterns, broken, issues };
}

function renamed(file: string): Issue {
  return issue("file-type", "quadgate reads .yaml files, not .yml", {
    place: { file },
    hint: `rename it to ${file.replace(/\.yml$/, ".yaml")}`,
  });
}

function readPattern(
  file: string,
  stem: string,
  text: string,
): { pattern?: Pattern; issues: readonly Issue[] } {
  const { yaml, value, issues } = readChecked(file, text, patternSchema);
  if (!value) return { issues };
  const { name = stem, ...rest } = value;
  if (name !== stem) {
    const message = `"name" is ${show(name)}, but the file's name says ${show(stem)}`;
    return { issues: [issue("value-invalid", message, { place: placeAt(yaml, ["name"]) })] };
  }
  return { pattern: { ...rest, name, file }, issues };
}
