/** A text in which systemd expands neither specifiers (`%h`) nor, in a command line, variables (`$HOME`). */
export function withoutExpansion(text: string, expands: "percent" | "both"): string {
  const percents = text.replaceAll("%", "%%");
  return expands === "both" ? percents.replaceAll("$", "$$$$") : percents;
}

/** Quotes any text without line breaks as one word of a unit's command line. */
export function quoteWord(word: string): string {
  return `"${withoutExpansion(word.replace(/[\\"]/g, "\\$&"), "both")}"`;
}
