import { parseManifestSize } from "../lib/size.ts";
import type { InstanceSpec } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Pattern } from "../model/pattern.ts";
import { issue } from "./codes.ts";
import { placeAt } from "./explain.ts";
import { didYouMean, show } from "./message-parts.ts";
import type { Patterns } from "./pattern-set.ts";
import { isMap } from "./stacks.ts";
import { readValues } from "./values.ts";
import type { YamlText } from "./yaml.ts";

type Spec = Omit<InstanceSpec, "values"> & { values: Readonly<Record<string, unknown>> };

/** Judges a manifest against its pattern, and gives the pattern's parameters with the manifest's values. */
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
    const known = [...patterns.patterns.keys(), ...patterns.broken];
    const hint = didYouMean(name, known, "patterns") ?? "quadgate pattern list shows all patterns";
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

/** Judges memoryHigh against the pattern's own limit, if the manifest gives none. */
function memoryIssues(spec: Spec | undefined, pattern: Pattern, yaml: YamlText): Issue[] {
  if (spec?.memoryHigh === undefined || spec.memory !== undefined) return [];
  const { memory } = pattern.defaults;
  const [max, high] = [parseManifestSize(memory), parseManifestSize(spec.memoryHigh)];
  if (max === undefined || high === undefined || high <= max) return [];
  const limit = `the memory that pattern ${show(pattern.name)} gives (${memory})`;
  const message = `"memoryHigh" must not be above ${limit}`;
  return [issue("value-invalid", message, { place: placeAt(yaml, ["memoryHigh"]), hint: "set memory too" })];
}
