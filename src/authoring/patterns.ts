import { jsonSchema, readDesiredState, type SchemaName } from "../manifest/index.ts";
import type { InstanceDescription } from "../model/described.ts";
import type { DesiredState } from "../model/desired-state.ts";
import type { PatternInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Pattern, PatternExample } from "../model/pattern.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import type { Tree } from "../model/tree.ts";
import type { Unit } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { type RenderedState, renderContext } from "../planning/desired.ts";
import { readTree } from "../planning/head.ts";
import {
  explainGenerator,
  podmanKnows,
  podmanNeed,
  type RenderIssueCode,
  renderUnits,
} from "../render/index.ts";

export { SCHEMA_NAMES } from "../manifest/index.ts";
export { inOrder, patternPage } from "../render/index.ts";

/** The shipped patterns and those of the repository, which replace shipped ones of the same name. */
export interface Library {
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** Names of the patterns of the repository. */
  readonly own: ReadonlySet<string>;
  /** What is wrong with pattern files; a pattern with errors is not in the library. */
  readonly issues: readonly Issue[];
}

/**
 * Reads the library. Without a repository in the settings and without a checkout, it has only shipped
 * patterns.
 */
export async function readLibrary(context: Context, workingTree: string | undefined): Promise<Library> {
  const { repository } = mergeSettings(context.layers);
  const nothing: Tree = { revision: null, files: new Map() };
  const tree =
    repository === undefined && workingTree === undefined ? nothing : await readTree(context, workingTree);
  const { name: host } = context.host.facts;
  const { patterns, issues } = readDesiredState(tree, await context.shipped(), { host });
  const own = [...patterns.keys()].filter((name) => tree.files.has(`patterns/${name}.yaml`));
  return {
    patterns,
    own: new Set(own),
    issues: issues.filter(({ place }) => place?.file.startsWith("patterns/")),
  };
}

/** The JSON Schema of a kind of file, with the patterns of the library. */
export async function schemaOf(
  context: Context,
  name: SchemaName,
  workingTree: string | undefined,
): Promise<{ readonly schema: object; readonly issues: readonly Issue[] }> {
  const { patterns, issues } = await readLibrary(context, workingTree);
  return { schema: jsonSchema(name, patterns), issues };
}

/** The outcome of the patterns' examples. */
export interface CheckedExamples {
  readonly examples: number;
  readonly issues: readonly Issue[];
}

/**
 * Renders every example that this host's podman is new enough for, and runs podman's generator over each. The
 * issues do not name an instance, because a wrong example must not keep an instance from being deployed.
 */
export async function checkExamples(
  context: Context,
  { state, settings, podmanVersion }: RenderedState,
): Promise<CheckedExamples> {
  const { facts, quadlet } = context.host;
  const rendering = renderContext(facts, settings, podmanVersion);
  const examples = [...state.patterns.values()].flatMap((pattern) =>
    pattern.examples.map((example) => ({ pattern, example, instances: instancesOf(example) })),
  );
  const suitable = examples.filter(({ instances }) =>
    instances.every((one) => suits(podmanVersion, one, state)),
  );
  const issues: Issue[] = [];
  for (const { pattern, example, instances } of suitable) {
    const { units, described, issues: found } = renderUnits({ ...state, instances, networks: [] }, rendering);
    const refused = found.length > 0 ? found : explainGenerator(await quadlet.generate(units), units);
    const own = units.filter(({ instance }) => instance === example.name);
    const checks = faultyChecks(described.get(example.name));
    const all = [...refused, ...checks, ...understatedPodman(own, pattern)];
    issues.push(...all.map((issue) => ofExample(issue, pattern, example)));
  }
  return { examples: suitable.length, issues };
}

const instancesOf = (example: PatternExample): readonly PatternInstance[] =>
  [example, ...example.companions].map(({ instance }) => instance);

function suits(version: string, { spec }: PatternInstance, { patterns }: DesiredState): boolean {
  return podmanKnows(version, patterns.get(spec.pattern)?.requirements.podman ?? "");
}

/** Compares the podman that a pattern says it requires with what its units need. It may say nothing. */
function understatedPodman(units: readonly Unit[], { requirements }: Pattern): readonly Issue[] {
  const need = podmanNeed(units);
  const said = requirements.podman;
  if (said === undefined || need === undefined || podmanKnows(said, need.version)) return [];
  const message =
    `${need.unit} has ${need.line}, which needs podman ${need.version}, ` +
    `but requirements.podman is ${said}`;
  return [{ code: "podman-understated" satisfies RenderIssueCode, message, hint: `write ${need.version}` }];
}

/**
 * Checks that cannot run. They do not keep an instance from being deployed, but in an example they are
 * errors.
 */
function faultyChecks(described: InstanceDescription | undefined): readonly Issue[] {
  return (described?.checks ?? []).flatMap((check) =>
    "problem" in check
      ? [
          {
            code: "template-invalid" satisfies RenderIssueCode,
            message: `the check "${check.description}": ${check.problem}`,
          },
        ]
      : [],
  );
}

function ofExample(found: Issue, pattern: Pattern, example: PatternExample): Issue {
  const { instance: _instance, ...issue } = found;
  const message = `example ${example.name} of the pattern ${pattern.name}: ${found.message}`;
  return { place: example.instance.place, ...issue, message };
}
