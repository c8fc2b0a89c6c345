import { boundedLiquid } from "../lib/bounded-templates.ts";
import { withVisibleBytes } from "../lib/bytes.ts";

/** Text that is Markdown already. */
class Markdown {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A code span by CommonMark: a run of backticks, the text up to the next run of the same length, and that
 * run.
 */
const CODE_SPAN = /(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g;

/**
 * One line that cannot end a table's cell and has no markup: no HTML, link, picture or emphasis. Code spans
 * stay; a backtick that begins none is text.
 */
function escaped(value: unknown): string {
  if (value instanceof Markdown) return value.text;
  if (value === null || value === undefined) return "";
  const text = oneLine(String(value));
  let done = "";
  let from = 0;
  for (const span of text.matchAll(CODE_SPAN)) {
    done += plain(text.slice(from, span.index)) + codeSpan(span[2] ?? "");
    from = span.index + span[0].length;
  }
  return done + plain(text.slice(from));
}

function plain(text: string): string {
  return text.replace(/[\\`*[\]|]/g, "\\$&").replaceAll("<", "&lt;");
}

function oneLine(text: string): string {
  return withVisibleBytes(text)
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
}

/** A code span around any text; empty for empty text. */
function code(value: unknown): Markdown {
  return new Markdown(codeSpan(value === null || value === undefined ? "" : String(value)));
}

/**
 * The fence is longer than every run of backticks within. Inside a table, a code span cannot contain a
 * backslash in front of a bar: a backslash escapes the bar and nothing escapes the backslash. Such text is
 * HTML.
 */
function codeSpan(value: string): string {
  const text = oneLine(value);
  if (text === "") return "";
  if (/\\\|/.test(text)) return `<code>${text.replace(/[^\p{L}\p{N} ]/gu, asEntity)}</code>`;
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return fence + pad + text.replaceAll("|", "\\|") + pad + fence;
}

function asEntity(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

/** `850 ms`, `1.2 s` */
function duration(value: unknown): string {
  const milliseconds = Number(value);
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/**
 * Renders a template of templates/docs/ (by its path without `.liquid`) as Markdown. Values stay on one line
 * and cannot end a table's cell; the filter `code` makes a code span. Throws LiquidError if the template has
 * a fault.
 */
export function renderMarkdown(
  templates: ReadonlyMap<string, string>,
  template: string,
  scope: Readonly<Record<string, unknown>>,
): string {
  const liquid = boundedLiquid(templates, { outputEscape: escaped });
  liquid.registerFilter("code", code);
  liquid.registerFilter("duration", duration);
  const text = String(liquid.renderFileSync(template, { ...scope }));
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

/** Renders a template as HTML: values always stay text. */
export function renderHtml(
  templates: ReadonlyMap<string, string>,
  template: string,
  scope: Readonly<Record<string, unknown>>,
): string {
  const liquid = boundedLiquid(templates, { outputEscape: "escape" });
  return String(liquid.renderFileSync(template, { ...scope }));
}
