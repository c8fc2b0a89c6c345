/** The few parts of Markdown that pages on patterns use. */

/** Outside of code, Markdown reads `<instance>` as HTML. */
function prose(text: string): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part.replace(/<(?=[a-z/])/g, "\\<") : part))
    .join("`");
}

/** A `|` would end the cell, and a line break the row. */
function cell(text: string): string {
  return prose(text)
    .replaceAll("|", "\\|")
    .replace(/\s*\n\s*/g, " ")
    .trim();
}

/** A table; empty if it has no rows. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** Entries of a list, without texts that render to nothing. */
export function list(texts: readonly string[], mark: "-" | "1." = "-"): string {
  const entries = texts.filter((text) => text.trim() !== "");
  return entries
    .map(
      (text, index) => `${mark === "-" ? "-" : `${index + 1}.`} ${prose(text).replace(/\s+/g, " ").trim()}`,
    )
    .join("\n");
}

export const code = (text: string): string => `\`${text.replaceAll("`", "'")}\``;

export const codes = (texts: readonly string[]): string => texts.map(code).join(", ");

/** A heading with its content; empty if there is no content. */
export function section(title: string, ...parts: readonly string[]): string {
  const present = parts.filter((part) => part !== "");
  return present.length === 0 ? "" : [`## ${title}`, ...present].join("\n\n");
}

export function page(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
