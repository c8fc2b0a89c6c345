import type { Issue } from "../model/issue.ts";
import { issue } from "./codes.ts";
import { keyPlaceAt, placeAt } from "./explain.ts";
import { extendYaml, withoutPlus } from "./extend.ts";
import { MANIFEST_KEYS } from "./manifest-schema.ts";
import { didYouMean, kindOf, show } from "./message-parts.ts";
import { partOf } from "./part.ts";
import type { Patterns } from "./pattern-set.ts";
import type { Path, YamlText } from "./yaml.ts";

/** One entry of `services`, merged with the shared part: the text of a manifest. */
interface Member {
  /** `<stack>-<key>` */
  readonly name: string;
  readonly key: string;
  readonly yaml: YamlText;
}

/** The parts of a file with `services`. */
export interface Stack {
  readonly members: readonly Member[];
  /** What is wrong with the stack as a whole. */
  readonly issues: readonly Issue[];
}

type Data = Readonly<Record<string, unknown>>;

const STACK_KEYS = ["services", "shared"];

export const isMap = (data: unknown): data is Data =>
  typeof data === "object" && data !== null && !Array.isArray(data);

/** The path in a manifest of a value in a stack: entries and shared values read like manifests. */
export function manifestPath(path: Path): Path {
  const depth = path[0] === "services" ? 2 : path[0] === "shared" ? 1 : 0;
  return path.slice(depth).map((part) => (typeof part === "string" ? withoutPlus(part) : part));
}

/**
 * Splits a stack; undefined if the file is not one. Merges `shared` into each entry: maps key by key,
 * otherwise the entry's value wins. A list under `key+` adds to the shared one, and a key without a value
 * removes the shared one.
 */
export function readStack(stack: string, yaml: YamlText, patterns: Patterns): Stack | undefined {
  const { data } = yaml;
  if (!isMap(data) || !Object.hasOwn(data, "services")) return undefined;
  const { services, shared } = data;
  if (!isMap(services) || Object.keys(services).length === 0) {
    const what = isMap(services) ? "is empty" : `must be a map of manifests, not ${kindOf(services)}`;
    return { members: [], issues: [wrong(`"services" ${what}`, yaml, ["services"])] };
  }
  const outline = [...strayKeys(data, yaml), ...checkEntries(services, yaml)];
  if (shared !== undefined && !isMap(shared)) {
    outline.push(wrong(`"shared" must be a map of keys, not ${kindOf(shared)}`, yaml, ["shared"]));
  }
  const common = isMap(shared) ? partOf(yaml, ["shared"]) : undefined;
  const members = Object.keys(services).map((key) => ({
    name: `${stack}-${key}`,
    key,
    yaml: isMap(services[key]) ? merge(common, partOf(yaml, ["services", key]), key, patterns) : noData(yaml),
  }));
  return { members, issues: [...outline, ...unusedValues(members, common, yaml, patterns)] };
}

const noData = (yaml: YamlText): YamlText => ({ ...yaml, data: undefined, issues: [] });

function wrong(message: string, yaml: YamlText, path: Path): Issue {
  return issue("value-invalid", message, { place: placeAt(yaml, path) });
}

/** A manifest's key beside `services` would apply to no entry. */
function strayKeys(data: Data, yaml: YamlText): Issue[] {
  return Object.keys(data)
    .filter((key) => !STACK_KEYS.includes(key))
    .map((key) => {
      const hint = MANIFEST_KEYS.includes(key)
        ? "move it below `shared`, or into an entry of `services`"
        : didYouMean(key, STACK_KEYS);
      const place = keyPlaceAt(yaml, [key]);
      return issue("key-unknown", `unknown key ${show(key)} beside "services"`, { place, hint });
    });
}

function checkEntries(services: Data, yaml: YamlText): Issue[] {
  return Object.entries(services)
    .filter(([, entry]) => !isMap(entry))
    .map(([key, entry]) => {
      const message = `${show(`services.${key}`)} must be a manifest, not ${kindOf(entry)}`;
      return wrong(message, yaml, ["services", key]);
    });
}

function merge(shared: YamlText | undefined, own: YamlText, key: string, patterns: Patterns): YamlText {
  if (shared === undefined) return { ...own, issues: [] };
  const merged = extendYaml(withoutItem(shared, "dependsOn", key), { ...own, issues: [] });
  return withoutUnknownValues(merged, own, patterns);
}

/** What all entries depend on may be one of them; it does not wait for itself. */
function withoutItem(yaml: YamlText, list: string, item: string): YamlText {
  const items = isMap(yaml.data) ? yaml.data[list] : undefined;
  if (!isMap(yaml.data) || !Array.isArray(items) || !items.includes(item)) return yaml;
  const kept = items.flatMap((value, index) => (value === item ? [] : [{ value, index }]));
  const moved = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> => {
    const others = [...map].filter(([path]) => !path.startsWith(`${list}.`));
    const own = kept.flatMap(({ index }, position) => {
      const found = map.get(`${list}.${index}`);
      return found === undefined ? [] : [[`${list}.${position}`, found] as const];
    });
    return new Map([...others, ...own]);
  };
  const data = { ...yaml.data, [list]: kept.map(({ value }) => value) };
  return { ...yaml, data, places: moved(yaml.places), texts: moved(yaml.texts) };
}

function valuesIn(yaml: YamlText | undefined): Data {
  const values = isMap(yaml?.data) ? yaml.data.values : undefined;
  return isMap(values) ? values : {};
}

function parametersOf(yaml: YamlText, patterns: Patterns): readonly string[] | undefined {
  const name = isMap(yaml.data) ? yaml.data.pattern : undefined;
  const pattern = typeof name === "string" ? patterns.patterns.get(name) : undefined;
  return pattern && Object.keys(pattern.parameters);
}

/**
 * Shared values reach only entries whose pattern has such a parameter; an entry's own values must all be
 * right.
 */
function withoutUnknownValues(merged: YamlText, own: YamlText, patterns: Patterns): YamlText {
  const parameters = parametersOf(merged, patterns);
  if (parameters === undefined || !isMap(merged.data) || !isMap(merged.data.values)) return merged;
  const given = valuesIn(own);
  const values = Object.entries(merged.data.values).filter(
    ([name]) => parameters.includes(name) || Object.hasOwn(given, name),
  );
  return { ...merged, data: { ...merged.data, values: Object.fromEntries(values) } };
}

/** A shared value that no entry takes is misspelt. If a pattern is unknown, this cannot be decided. */
function unusedValues(
  members: readonly Member[],
  shared: YamlText | undefined,
  yaml: YamlText,
  patterns: Patterns,
): Issue[] {
  const known = members.map((member) => parametersOf(member.yaml, patterns));
  if (known.includes(undefined)) return [];
  const parameters = new Set(known.flatMap((names) => names ?? []));
  return Object.keys(valuesIn(shared))
    .filter((name) => !parameters.has(name))
    .map((name) => {
      const message = `no pattern of this stack has a parameter ${show(name)}`;
      const place = keyPlaceAt(yaml, ["shared", "values", name]);
      return issue("key-unknown", message, { place, hint: didYouMean(name, parameters, "parameters") });
    });
}
