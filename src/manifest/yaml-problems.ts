import type { CST, ErrorCode } from "yaml";

/** Our own words for the YAML parser's errors: its messages repeat text, which may be a secret. */
export const YAML_PROBLEMS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias (*name) cannot have an anchor or a tag",
  BAD_ALIAS: "an alias (*name) is not valid here; a value that starts with * or & needs quotes",
  BAD_DIRECTIVE: "a line that starts with % is not a valid YAML directive",
  BAD_DQ_ESCAPE: "an escape in \"...\" is not valid; write \\\\ for a backslash, or use '...'",
  BAD_INDENT: "the indentation is wrong here, or a bracket is not closed",
  BAD_PROP_ORDER: "an anchor or a tag is in the wrong place",
  BAD_SCALAR_START: "a value cannot start with this character unless it is quoted",
  BLOCK_AS_IMPLICIT_KEY: 'a value that contains ": " needs quotes',
  BLOCK_IN_FLOW: "[...] or {...} cannot contain a block",
  DUPLICATE_KEY: "a key appears twice",
  IMPOSSIBLE: "the YAML parser cannot read this",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR: 'something is missing here: a closing quote or bracket, a comma, or the ":" after a key',
  MULTILINE_IMPLICIT_KEY: "a key must be on a single line",
  MULTIPLE_ANCHORS: "a value has two anchors",
  MULTIPLE_DOCS: "the file has more than one YAML document (---); write a file for each",
  MULTIPLE_TAGS: "a value has two tags",
  NON_STRING_KEY: "a key must be plain text",
  RESOURCE_EXHAUSTION: "the file is nested too deeply",
  TAB_AS_INDENT: "the line is indented with a tab; use spaces",
  TAG_RESOLVE_FAILED: "tags (!name) are not supported; a value that starts with ! needs quotes",
  UNEXPECTED_TOKEN: "the text here does not belong to the value before it; quotes may be missing",
  BAD_COLLECTION_TYPE: "a tag names another kind of value than the one here",
};

/**
 * Characters that never belong in a unit file or a message. C1 controls count, because terminals obey them.
 */
export const CONTROL_CHARACTERS = {
  any: /[\p{Cc}\u2028\u2029]/u,
  exceptBreaks: /(?![\n\t])[\p{Cc}\u2028\u2029]/u,
} as const;

/**
 * Depth and number of nodes of the parsed tokens. Measured before composing: composing recurses, and V8
 * aborts the whole process when a regular expression is compiled at the end of its stack.
 */
export function nestingOf(tokens: readonly CST.Token[]): { depth: number; nodes: number } {
  let depth = 0;
  let nodes = 0;
  const open: [CST.Token | null | undefined, number][] = tokens.map((token) => [token, 0]);
  for (let next = open.pop(); next; next = open.pop()) {
    const [token, level] = next;
    if (!token) continue;
    nodes += 1;
    depth = Math.max(depth, level);
    if (token.type === "document") open.push([token.value, level]);
    if (!("items" in token)) continue;
    for (const item of token.items) open.push([item.key, level + 1], [item.value, level + 1]);
  }
  return { depth, nodes };
}

/** The word that starts at an offset, for naming a key. */
export function sliceOf(text: string, offset: number): string | undefined {
  return /^["']?([\w.@/-]+)/.exec(text.slice(offset, offset + 80))?.[1];
}
