import { isDeepStrictEqual } from "node:util";
import { isMap, isNode, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";
import type { Assignment } from "./assignment.ts";
import { inline, keyText } from "./inline-yaml.ts";

/**
 * Sets keys of a manifest and removes others. Everything else stays as it is, to the letter: comments,
 * quotes, order and indentation. Undefined if the text is not a YAML map, or a path leads through something
 * else.
 */
export function editManifest(
  text: string,
  changes: readonly Assignment[],
  removals: readonly Assignment["path"][] = [],
): string | undefined {
  let edited = text;
  for (const { path, value } of changes) {
    const next = setIn(edited, path, value);
    if (next === undefined || !holds(edited, next, path, value)) return undefined;
    edited = next;
  }
  for (const path of removals) {
    const next = removeIn(edited, path);
    if (next === undefined || !holds(edited, next, path, undefined)) return undefined;
    edited = next;
  }
  return edited;
}

/** Whether only the value at the path has changed. Splicing text may go wrong, so this parses the result. */
function holds(before: string, after: string, path: Assignment["path"], value: unknown): boolean {
  const document = parseDocument(after);
  if (document.errors.length > 0) return false;
  const expected = value === undefined ? without(jsOf(before), path) : within(jsOf(before), path, value);
  return isDeepStrictEqual(document.toJS(), expected);
}

function jsOf(text: string): unknown {
  return parseDocument(text).toJS();
}

/** A value without the part at a path, and without maps that become empty by that. */
function without(present: unknown, [head, ...rest]: Assignment["path"]): unknown {
  if (typeof present !== "object" || present === null || head === undefined) return present;
  const { [String(head)]: below, ...others } = present as Record<string, unknown>;
  const left = rest.length === 0 || below === undefined ? undefined : without(below, rest);
  const empty = left === undefined || (isPlainMap(left) && Object.keys(left).length === 0);
  return empty ? others : { ...present, [String(head)]: left };
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Found {
  readonly map: YAMLMap | undefined;
  readonly pair: Pair | undefined;
  /** The rest of the path, below the innermost map that exists. */
  readonly rest: readonly (string | number)[];
  /** The whole value, because an entry of a list cannot be spliced by itself. */
  readonly node: unknown;
}

/** Follows a path through maps, as far as they exist. */
function find(root: unknown, path: Assignment["path"]): Found {
  let map = isMap(root) ? root : undefined;
  for (let depth = 0; depth < path.length; depth += 1) {
    const pair = map?.items.find(
      ({ key }) => String(isScalar(key) ? key.value : key) === String(path[depth]),
    );
    if (pair === undefined || depth === path.length - 1) {
      return { map, pair, rest: path.slice(depth), node: pair?.value };
    }
    if (!isMap(pair.value) || pair.value.items.length === 0)
      return { map, pair, rest: path.slice(depth), node: pair.value };
    map = pair.value;
  }
  return { map, pair: undefined, rest: path, node: root };
}

function setIn(text: string, path: Assignment["path"], value: unknown): string | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)))
    return undefined;
  const { map, pair, rest, node } = find(document.contents, path);
  if (map === undefined || map.items.length === 0) {
    if (rest.length < path.length) return undefined;
    return `${withLineEnd(text)}${block(rest, value, "")}`;
  }
  if (pair === undefined) return insert(text, map, rest, value);
  const below = rest.slice(1);
  const start = endOfKey(text, pair);
  if (start === undefined) return undefined;
  const whole = below.length === 0 ? value : within(isNode(node) ? node.toJS(document) : node, below, value);
  if (whole === undefined) return undefined;
  const after = text.slice(endOfValue(text, pair, start));
  return `${text.slice(0, start)} ${inline(whole, map.flow === true)}${after}`;
}

/**
 * Sets the part at a path of a value, which may be a list, a map or nothing yet. Undefined if the path does
 * not fit.
 */
function within(present: unknown, path: Assignment["path"], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(present) && typeof head === "number" && head <= present.length) {
    return Object.assign([...present], { [head]: within(present[head], rest, value) });
  }
  if (present === null || present === undefined) {
    const inner = within(undefined, rest, value);
    return head === 0 ? [inner] : { [String(head)]: inner };
  }
  if (typeof present !== "object" || Array.isArray(present)) return undefined;
  const known = present as Record<string, unknown>;
  return { ...known, [String(head)]: within(known[String(head)], rest, value) };
}

/** The offset after the colon of a key. */
function endOfKey(text: string, { key }: Pair): number | undefined {
  const end = isNode(key) ? key.range?.[1] : undefined;
  const colon = end === undefined ? -1 : text.indexOf(":", end);
  return colon < 0 ? undefined : colon + 1;
}

/** The offset at which a value ends, without the line breaks that belong to a value in block style. */
function endOfValue(text: string, { value }: Pair, fallback: number): number {
  const range = isNode(value) ? value.range : undefined;
  if (!range || range[1] <= fallback) return fallback;
  let end = range[1];
  while (end > fallback && /\s/.test(text[end - 1] ?? "")) end -= 1;
  return end;
}

/** Inserts a new key at the end of a map, in the map's own style. */
function insert(text: string, map: YAMLMap, path: Assignment["path"], value: unknown): string | undefined {
  const [first, last] = [map.items[0], map.items.at(-1)];
  const start = isNode(first?.key) ? first.key.range?.[0] : undefined;
  const colon = last && endOfKey(text, last);
  if (start === undefined || last === undefined || colon === undefined) return undefined;
  const end = endOfValue(text, last, colon);
  if (map.flow === true) {
    const [head = "", ...rest] = path;
    const nested = rest.length === 0 ? value : within(undefined, rest, value);
    return `${text.slice(0, end)}, ${keyText(head)}: ${inline(nested, true)}${text.slice(end)}`;
  }
  const indent = /[^\n]*$/.exec(text.slice(0, start))?.[0] ?? "";
  if (indent.trim() !== "") return undefined;
  const lineEnd = text.indexOf("\n", end);
  const at = lineEnd < 0 ? text.length : lineEnd + 1;
  return `${withLineEnd(text.slice(0, at))}${block(path, value, indent)}${text.slice(at)}`;
}

/** `values:\n  x: 1\n` */
function block(path: Assignment["path"], value: unknown, indent: string): string {
  const lines = path.map((key, depth) => `${indent}${"  ".repeat(depth)}${keyText(key)}:`);
  return `${lines.join("\n")} ${inline(value)}\n`;
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** Removes a key with its lines from a map in block style. Rewrites a map in flow style as a whole. */
function removeIn(text: string, path: Assignment["path"]): string | undefined {
  const document = parseDocument(text);
  const { map, pair, rest } = find(document.contents, path);
  if (map === undefined || pair === undefined || rest.length !== 1) return text;
  const start = isNode(pair.key) ? pair.key.range?.[0] : undefined;
  const colon = endOfKey(text, pair);
  if (start === undefined || colon === undefined) return undefined;
  if (map.flow === true || map.items.length === 1) {
    const left = { ...(map.toJSON() as Record<string, unknown>) };
    delete left[String(path.at(-1))];
    const upper = path.slice(0, -1);
    if (upper.length === 0) return undefined;
    if (Object.keys(left).length === 0) return removeIn(text, upper);
    return setIn(text, upper, left);
  }
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", endOfValue(text, pair, colon));
  return text.slice(0, lineStart) + (lineEnd < 0 ? "" : text.slice(lineEnd + 1));
}
