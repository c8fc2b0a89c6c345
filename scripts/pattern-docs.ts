import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readDesiredState } from "../src/manifest/index.ts";
import { formatIssue } from "../src/model/issue.ts";
import type { Pattern } from "../src/model/pattern.ts";
import { decisionTree, patternPage } from "../src/render/index.ts";

/** The patterns that quadgate ships. Throws if one has errors. */
export function shippedPatterns(): ReadonlyMap<string, Pattern> {
  const names = readdirSync("patterns").filter((name) => name.endsWith(".yaml"));
  const patterns = new Map(names.map((name) => [name, readFileSync(join("patterns", name), "utf8")]));
  const tree = { revision: null, files: new Map<string, string>() };
  const read = readDesiredState(tree, { patterns, templates: new Map() }, { host: "docs" });
  if (read.issues.length > 0) throw new Error(read.issues.map(formatIssue).join("\n"));
  return read.patterns;
}

/** The pages of docs/patterns/ by file name. */
export function patternPages(): ReadonlyMap<string, string> {
  const patterns = [...shippedPatterns().values()];
  return new Map([
    ["README.md", decisionTree(patterns)],
    ...patterns.map((pattern) => [`${pattern.name}.md`, patternPage(pattern)] as const),
  ]);
}
