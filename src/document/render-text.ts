import { Liquid, type LiquidOptions } from "liquidjs";

/** Text that is Markdown already. */
class Markdown {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** One line, which neither ends a table's cell nor opens an HTML element; code spans stay as they are. */
function escaped(value: unknown): string {
  if (value instanceof Markdown) return value.text;
  if (value === null || value === undefined) return "";
  const parts = oneLine(String(value)).replaceAll("|", "\\|").split("`");
  return parts.map((part, index) => (index % 2 === 0 ? part.replaceAll("<", "&lt;") : part)).join("`");
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
}

/** A code span around any text: the fence is longer than every run of backticks within. */
function code(value: unknown): Markdown {
  const text = oneLine(String(value));
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return new Markdown(fence + pad + text.replaceAll("|", "\\|") + pad + fence);
}

/** `850 ms`, `1.2 s` */
function duration(value: unknown): string {
  const milliseconds = Number(value);
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/**
 * Renders a template of templates/docs/ (by its path without `.liquid`) as Markdown. Values stand on one line and cannot
 * end a table's cell; the filter `code` makes a code span of one. Throws LiquidError where the template has a fault.
 */
export function renderMarkdown(
  templates: ReadonlyMap<string, string>,
  template: string,
  scope: Readonly<Record<string, unknown>>,
): string {
  const liquid = new Liquid({ ...options(templates), outputEscape: escaped });
  liquid.registerFilter("code", code);
  liquid.registerFilter("duration", duration);
  const text = String(liquid.renderFileSync(template, { ...scope }));
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

/** The same as HTML: whatever a value holds stays text. */
export function renderHtml(
  templates: ReadonlyMap<string, string>,
  template: string,
  scope: Readonly<Record<string, unknown>>,
): string {
  const liquid = new Liquid({ ...options(templates), outputEscape: "escape" });
  return String(liquid.renderFileSync(template, { ...scope }));
}

function options(templates: ReadonlyMap<string, string>): LiquidOptions {
  return {
    templates: Object.fromEntries(templates),
    extname: ".liquid",
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
  };
}
