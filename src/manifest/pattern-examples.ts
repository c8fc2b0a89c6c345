import type * as z from "zod";
import type { InstanceSpec } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { ExampleManifest, PatternExample } from "../model/pattern.ts";
import { placeAt } from "./explain.ts";
import { judgePattern } from "./judge-pattern.ts";
import { partOf } from "./part.ts";
import type { patternSchema } from "./pattern-schema.ts";
import type { Patterns } from "./pattern-set.ts";
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
  const read = (name: string, spec: InstanceSpec, path: Path): ExampleManifest | undefined => {
    const part = partOf(yaml, path);
    const judged = judgePattern({ name, pattern: spec.pattern }, spec, part, patterns);
    issues.push(...judged.issues);
    if (judged.values === undefined || judged.issues.length > 0) return undefined;
    const place = placeAt(part, []);
    const manifest = { pattern: spec.pattern, ...(part.data as Readonly<Record<string, unknown>>) };
    const full = { ...spec, values: judged.values };
    return { name, manifest, instance: { kind: "pattern", name, place, places: part.places, spec: full } };
  };
  const examples = written.flatMap(({ name, description, manifest, companions }, index) => {
    const path = ["examples", index];
    const own = read(name, { ...manifest, pattern: manifest.pattern ?? pattern }, [...path, "manifest"]);
    const others = companions.flatMap(
      (other, at) => read(other.name, other.manifest, [...path, "companions", at, "manifest"]) ?? [],
    );
    if (own === undefined || others.length < companions.length) return [];
    return [{ ...own, description, companions: others }];
  });
  return { examples, issues };
}
