import { type Liquid, LiquidError, Tag, type TagToken, type Template, type TopLevelToken } from "liquidjs";
import { boundedLiquid } from "../lib/bounded-templates.ts";
import { messageOf } from "../lib/error-message.ts";
import { quoteForShell } from "../lib/shell-quoting.ts";
import { parseLimit } from "../lib/size.ts";
import type { Issue } from "../model/issue.ts";
import type { RenderIssueCode } from "./issues.ts";
import { joinTrimmed, markOutput, splitPieces } from "./marks.ts";

/** What a template or a pattern's Liquid text sees. */
export type Scope = Readonly<Record<string, unknown>>;

/** Rendered text, or what is wrong with the template. */
export type LiquidResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly issue: Issue };

/**
 * Liquid over an in-memory set of templates: no file system, no clock, no random numbers, no unescaped
 * output.
 */
export interface Engine {
  /** Renders a template by its path (`quadlets/container`); values carry marks, see marks.ts. */
  unit(template: string, scope: Scope): LiquidResult;
  /** Renders a template with every output as a JSON string, which is also a YAML string. */
  json(template: string, scope: Scope): LiquidResult;
  /**
   * Renders a pattern's inline Liquid text (`docker.io/library/redis:{{ values.version }}`). It drops the
   * pattern's own blanks at the ends and keeps those of a value.
   */
  text(source: string, scope: Scope, file: string): LiquidResult;
  /** A pattern's `when`. */
  condition(source: string, scope: Scope, file: string): boolean | Issue;
}

/** Filters that read the clock or random numbers: a revision must always render to the same units. */
const IMPURE = "date date_to_xmlschema date_to_rfc822 date_to_string date_to_long_string sample".split(" ");

function build(templates: ReadonlyMap<string, string>, outputEscape?: (value: unknown) => string): Liquid {
  const liquid = boundedLiquid(templates, {
    cache: true,
    ...(outputEscape === undefined ? {} : { outputEscape }),
  });
  // liquidjs skips escaping if `raw` comes last; registered again, it is an ordinary filter.
  liquid.registerFilter("raw", (value: unknown) => value);
  for (const name of IMPURE) {
    liquid.registerFilter(name, () => {
      throw new Error(
        `the filter "${name}" is not available: a revision must always render to the same units`,
      );
    });
  }
  liquid.registerFilter("bytes", (value: unknown) => {
    const bytes = parseLimit(String(value));
    if (bytes === undefined) throw new Refusal(`"${String(value)}" is not a size such as 512M`);
    return bytes;
  });
  liquid.registerFilter("shell", (value: unknown) => quoteForShell(String(value)));
  liquid.registerTag("refuse", RefuseTag);
  return liquid;
}

/** A template's own objection to its values. */
class Refusal extends Error {}

/** `{% refuse "why, and what to do" %}`: quadgate does not render the instance. */
class RefuseTag extends Tag {
  readonly #reason: string;

  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    this.#reason = token.args.trim().replace(/^(["'])(.*)\1$/, "$2");
  }

  override render(): never {
    throw new Refusal(this.#reason);
  }
}

/** Characters that JSON accepts unescaped, and YAML reads as a line break or not at all. */
const NOT_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

function jsonOutput(value: unknown): string {
  const json = JSON.stringify(value === null || value === undefined ? "" : value);
  return json.replace(
    NOT_IN_YAML,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function templateIssue(error: unknown, file: string): Issue {
  const cause = LiquidError.is(error) ? error.originalError : error;
  if (cause instanceof Refusal)
    return { code: "values-refused" satisfies RenderIssueCode, message: cause.message };
  const text = messageOf(error);
  const token = LiquidError.is(error) ? error.token : undefined;
  const [line, column] = token?.getPosition() ?? [];
  return {
    code: "template-invalid" satisfies RenderIssueCode,
    message: text.split("\n")[0]?.replace(/, line:\d+, col:\d+$/, "") ?? text,
    place: {
      file: token?.file === undefined ? file : `templates/${token.file}`,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    },
  };
}

/** Runs what may throw; returns a template's fault as a value. */
function attempt<T>(file: string, render: () => T): { ok: true; value: T } | { ok: false; issue: Issue } {
  try {
    return { ok: true, value: render() };
  } catch (error) {
    return { ok: false, issue: templateIssue(error, file) };
  }
}

function asRendered(result: ReturnType<typeof attempt<unknown>>): LiquidResult {
  return result.ok ? { ok: true, text: String(result.value) } : result;
}

/** All instances of a pattern render the same few templates and texts. */
function parsedOnce(parse: (text: string) => Template[]): (text: string) => Template[] {
  const known = new Map<string, Template[]>();
  return (text) => {
    const found = known.get(text) ?? parse(text);
    known.set(text, found);
    return found;
  };
}

/** Builds the engine for one set of templates and parses each once. */
export function createEngine(templates: ReadonlyMap<string, string>): Engine {
  const marked = build(templates, markOutput);
  const json = build(templates, jsonOutput);
  const plain = build(templates);
  const stem = (template: string) => template.replace(/\.liquid$/, "");
  const fromFile = (liquid: Liquid) => {
    const parse = parsedOnce((name) => liquid.parseFileSync(name));
    return (template: string, scope: Scope) =>
      asRendered(
        attempt(`templates/${stem(template)}.liquid`, () =>
          liquid.renderSync(parse(stem(template)), { ...scope }),
        ),
      );
  };
  const parseText = parsedOnce((source) => marked.parse(source));
  const parseCondition = parsedOnce((source) => plain.parse(`{% if ${source} %}yes{% endif %}`));
  return {
    unit: fromFile(marked),
    json: fromFile(json),
    text: (source, scope, file) => {
      if (!/\{[{%]/.test(source)) return { ok: true, text: joinTrimmed(splitPieces(source)) };
      const result = asRendered(attempt(file, () => marked.renderSync(parseText(source), { ...scope })));
      return result.ok ? { ok: true, text: joinTrimmed(splitPieces(result.text)) } : result;
    },
    condition: (source, scope, file) => {
      const result = attempt(file, () => plain.renderSync(parseCondition(source), { ...scope }));
      return result.ok ? result.value === "yes" : result.issue;
    },
  };
}
