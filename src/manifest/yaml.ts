import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type Scalar,
  type YAMLError,
} from "yaml";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import { issue } from "./codes.ts";
import { checkEncoding } from "./encoding.ts";
import { show } from "./message-parts.ts";
import { CONTROL_CHARACTERS, nestingOf, sliceOf, YAML_PROBLEMS } from "./yaml-problems.ts";

export type Path = readonly (string | number)[];

/** What the key at a path takes, as far as it affects reading. */
export interface Traits {
  /** Numbers and booleans are taken as text, as they are in the file: `0755`, `1.10`, `yes`. */
  readonly asWritten?: boolean | undefined;
  /** Line breaks and tabs are allowed. */
  readonly multiline?: boolean | undefined;
}

/**
 * A YAML file as plain data, with the place of every node. Paths are dotted: `environment.TZ`, `volumes.0`.
 */
export interface YamlText {
  readonly file: string;
  /** Undefined if the syntax is broken; then `issues` says why. */
  readonly data: unknown;
  /** Dotted path to the value. The root is the empty path. */
  readonly places: ReadonlyMap<string, Place>;
  /** Dotted path to the key. */
  readonly keys: ReadonlyMap<string, Place>;
  /** Dotted path to a scalar's text as written, quotes and escapes resolved. */
  readonly texts: ReadonlyMap<string, string>;
  readonly issues: readonly Issue[];
}

/** How paths are written in the maps of YamlText. */
export const dotted = (path: readonly PropertyKey[]): string => path.map(String).join(".");

/** `volumes[0]` and `environment.TZ`, as people write them. */
export function displayPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

/** Deeper or larger than any manifest; a guard against files made to exhaust memory. */
const MAX_DEPTH = 64;
const MAX_NODES = 20_000;

/**
 * Reads one YAML 1.2 document. Never throws: `issues` has every problem with its line and column. If only
 * duplicate keys are wrong, data is still returned, so that later checks can go on.
 */
export function readYaml(file: string, text: string, traitsOf: (path: Path) => Traits): YamlText {
  const foreign = checkEncoding(file, text);
  const counter = new LineCounter();
  const reading = new Reading(file, counter, traitsOf);
  if (foreign.length > 0) return { ...reading.result(undefined), issues: foreign };
  const tokens = [...new Parser(counter.addNewLine).parse(text)];
  const { depth, nodes } = nestingOf(tokens);
  if (depth > MAX_DEPTH || nodes > MAX_NODES) {
    reading.tooLarge();
    return reading.result(undefined);
  }
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    uniqueKeys: true,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (document === undefined) return reading.result(undefined);
  const errors = [...document.errors, ...document.warnings];
  for (const error of errors) reading.syntax(error, text);
  if (second) reading.report(YAML_PROBLEMS.MULTIPLE_DOCS, second.range[0]);
  const { explicit, version } = document.directives?.yaml ?? {};
  if (explicit && version !== "1.2") reading.report("YAML 1.1 is not supported: remove the %YAML line", 0);
  if (errors.some((error) => error.code !== "DUPLICATE_KEY")) return reading.result(undefined);
  return reading.result(reading.read(document));
}

class Reading {
  readonly #file: string;
  readonly #counter: LineCounter;
  readonly #traitsOf: (path: Path) => Traits;
  readonly #places = new Map<string, Place>();
  readonly #keys = new Map<string, Place>();
  readonly #texts = new Map<string, string>();
  readonly #issues: Issue[] = [];
  #document: Document | undefined;
  #nodes = 0;
  #stopped = false;

  constructor(file: string, counter: LineCounter, traitsOf: (path: Path) => Traits) {
    this.#file = file;
    this.#counter = counter;
    this.#traitsOf = traitsOf;
  }

  result(data: unknown): YamlText {
    return {
      file: this.#file,
      data: this.#stopped ? undefined : data,
      places: this.#places,
      keys: this.#keys,
      texts: this.#texts,
      issues: this.#issues,
    };
  }

  read(document: Document): unknown {
    this.#document = document;
    const data = this.#node(document.contents, [], this.#placeAt(0), 0);
    if (data === null && this.#issues.length === 0) {
      this.#issues.push(issue("file-empty", "the file is empty", { place: { file: this.#file } }));
      return undefined;
    }
    return data;
  }

  syntax(error: YAMLError, text: string): void {
    const offset = error.pos[0];
    const key = error.code === "DUPLICATE_KEY" ? sliceOf(text, offset) : undefined;
    this.report(key === undefined ? YAML_PROBLEMS[error.code] : `the key ${show(key)} appears twice`, offset);
  }

  report(message: string, at: number | Place): void {
    const place = typeof at === "number" ? this.#placeAt(at) : at;
    this.#issues.push(issue("yaml-invalid", message, { place }));
  }

  tooLarge(place: Place = { file: this.#file }): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.report("the file is nested too deeply, or is too large once its aliases are expanded", place);
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#counter.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #node(node: unknown, path: Path, fallback: Place, depth: number): unknown {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) this.tooLarge(fallback);
    if (this.#stopped) return null;
    const place = placeOf(node, fallback, (offset) => this.#placeAt(offset));
    this.#places.set(dotted(path), place);
    if (isAlias(node)) return this.#alias(node, path, place, depth);
    if (isScalar(node)) return this.#scalar(node, path, place);
    if (isSeq(node))
      return node.items.map((item, index) => this.#node(item, [...path, index], place, depth + 1));
    return isMap(node) ? this.#map(node.items, path, place, depth) : null;
  }

  #map(items: readonly { key: unknown; value: unknown }[], path: Path, place: Place, depth: number): unknown {
    const data: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const name = isScalar(key) ? String(key.value ?? "") : "";
      const keyPlace = placeOf(key, place, (offset) => this.#placeAt(offset));
      if (name === "__proto__") {
        this.report('"__proto__" cannot be a key', keyPlace);
        continue;
      }
      this.#keys.set(dotted([...path, name]), keyPlace);
      if (CONTROL_CHARACTERS.any.test(name)) this.report("a key contains a control character", keyPlace);
      data[name] = this.#node(value, [...path, name], keyPlace, depth + 1);
    }
    return data;
  }

  #alias(alias: Alias, path: Path, place: Place, depth: number): unknown {
    const target = this.#document && alias.resolve(this.#document);
    if (target) return this.#node(target, path, place, depth + 1);
    this.report("an alias (*name) refers to an anchor (&name) that does not come before it", place);
    return null;
  }

  #scalar(scalar: Scalar, path: Path, place: Place): unknown {
    const traits = this.#traitsOf(path);
    const written = scalar.source ?? "";
    this.#texts.set(dotted(path), written);
    const value = traits.asWritten && scalar.value !== null ? written : scalar.value;
    if (typeof value !== "string") return value;
    const forbidden = traits.multiline ? CONTROL_CHARACTERS.exceptBreaks : CONTROL_CHARACTERS.any;
    if (forbidden.test(value)) {
      const what = CONTROL_CHARACTERS.exceptBreaks.test(value)
        ? "contains a control character"
        : "must be a single line";
      this.#issues.push(issue("value-invalid", `${show(displayPath(path))} ${what}`, { place }));
    }
    return value;
  }
}

/** Where a node starts; a value that is not written (`key:`) is placed at its key. */
function placeOf(node: unknown, fallback: Place, placeAt: (offset: number) => Place): Place {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return fallback;
  const range = node.range;
  return !range || range[0] === range[1] ? fallback : placeAt(range[0]);
}
