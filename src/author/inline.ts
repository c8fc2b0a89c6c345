import { Document, isCollection, visit } from "yaml";

/** A value as YAML on one line: `[a, b]`, `{ TZ: Europe/Oslo }`, `"two\nlines"`. */
export function inline(value: unknown): string {
  const document = new Document(value, { version: "1.2" });
  visit(document, (_key, node) => {
    if (isCollection(node)) node.flow = true;
  });
  const options = {
    lineWidth: 0,
    blockQuote: false,
    // A line break within quotes is written as \n, so that there is one line whatever the text.
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    flowCollectionPadding: !Array.isArray(value),
  };
  return document.toString(options).replaceAll(/\n\s*/g, " ").trim();
}

/** A key as it stands before a colon. */
export function keyText(key: string | number): string {
  return inline(String(key));
}
