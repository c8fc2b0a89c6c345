import { stringify } from "yaml";
import { readDesiredState } from "../../src/manifest/index.ts";
import { formatIssue } from "../../src/model/issue.ts";
import type { Pattern, PatternExample } from "../../src/model/pattern.ts";
import { type RenderContext, type RenderResult, renderUnits } from "../../src/render/index.ts";
import { SHIPPED, state } from "../unit/render/builder.ts";

/** An example of a shipped pattern. */
export interface ShippedExample {
  /** `cache-service as sessions`. */
  readonly title: string;
  readonly pattern: Pattern;
  readonly example: PatternExample;
}

/** Every example of every shipped pattern. */
export const EXAMPLES: readonly ShippedExample[] = [...state([]).patterns.values()].flatMap((pattern) =>
  pattern.examples.map((example) => ({ title: `${pattern.name} as ${example.name}`, pattern, example })),
);

/** Renders an example and its companions as if their manifests stood in a repository. Throws where they have issues. */
export function renderExample(example: PatternExample, context: RenderContext): RenderResult {
  const manifests = [example, ...example.companions].map(
    ({ name, manifest }) => [`desired-state/${name}.yaml`, stringify(manifest)] as const,
  );
  const desired = readDesiredState({ revision: null, files: new Map(manifests) }, SHIPPED, { host: "test" });
  const rendered = renderUnits(desired, context);
  const issues = [...desired.issues, ...rendered.issues];
  if (issues.length > 0) throw new Error(issues.map(formatIssue).join("\n"));
  return rendered;
}
