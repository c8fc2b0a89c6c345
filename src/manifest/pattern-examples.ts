import type * as z from "zod";
import type { InstanceSpec, PatternInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { PatternExample } from "../model/pattern.ts";
import { placeAt } from "./explain.ts";
import { judgePattern } from "./manifests.ts";
import { partOf } from "./part.ts";
import type { patternSchema } from "./pattern-schema.ts";
import type { Patterns } from "./patterns.ts";
import type { Path, YamlText } from "./yaml.ts";

/** An example as the schema gives it. */
export type WrittenExample = z.output<typeof patternSchema>["examples"][number];

/** Judges the examples of a pattern as instances, each problem at its place in the pattern's file. */
export function readExamples(
  pattern: string,
  written: readonly WrittenExample[],
  yaml: YamlText,
  patterns: Patterns,
): { examples: PatternExample[]; issues: Issue[] } {
  const issues: Issue[] = [];
  const read = (name: string, spec: InstanceSpec, path: Path): PatternInstance | undefined => {
    const part = partOf(yaml, path);
    const judged = judgePattern({ name, pattern: spec.pattern }, spec, part, patterns);
    issues.push(...judged.issues);
    if (judged.values === undefined || judged.issues.length > 0) return undefined;
    const place = placeAt(part, []);
    return { kind: "pattern", name, place, places: part.places, spec: { ...spec, values: judged.values } };
  };
  const examples = written.flatMap(({ name, description, manifest, companions }, index) => {
    const path = ["examples", index];
    const instance = read(name, { ...manifest, pattern: manifest.pattern ?? pattern }, [...path, "manifest"]);
    const others = companions.flatMap(
      (other, at) => read(other.name, other.manifest, [...path, "companions", at, "manifest"]) ?? [],
    );
    const raw = partOf(yaml, [...path, "manifest"]).data as Readonly<Record<string, unknown>>;
    if (instance === undefined || others.length < companions.length) return [];
    return [{ name, description, manifest: { pattern, ...raw }, instance, companions: others }];
  });
  return { examples, issues };
}
