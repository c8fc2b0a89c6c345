import type { Piece } from "./marks.ts";
import type { KeyRow } from "./quadlet-keys.ts";
import { flagWord, joinWord, protect, splitWords, type Word } from "./quote-values.ts";

/** A value as the unit file has it, or why the unit file cannot have it. */
export type EncodingResult =
  | {
      readonly ok: true;
      readonly text: string;
      /** Variables of the service that the text refers to; see WORD_VARIABLES. */
      readonly variables: readonly string[];
      /** Another key that carries the value instead. */
      readonly key?: string;
    }
  | { readonly ok: false; readonly why: string; readonly hint: string };

/**
 * Words of a command line that Quadlet cannot carry: an empty one ends the line, and systemd reads a lone `;`
 * as its command separator. They go through a variable of the service, which systemd replaces by one word.
 */
export const WORD_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["", "QUADGATE_EMPTY"],
  [";", "QUADGATE_SEMICOLON"],
]);

function refuse(why: string, hint = "keep this text in a file or a secret, or change it"): EncodingResult {
  return { ok: false, why, hint };
}

const LONE_SEMICOLON = "is a lone ;, which systemd reads as the end of the command";

/**
 * Encodes one key's value. podman or systemd then gets the template's text joined with the values, each
 * exactly as in the manifest.
 */
export function encodeValue(row: KeyRow, pieces: readonly Piece[]): EncodingResult {
  const outputs = pieces.filter((piece) => piece.output);
  if (outputs.length === 0) return { ok: true, text: joined(pieces), variables: [] };
  // Quadlet writes U+0080 as \x80, which systemd reads as one byte of broken UTF-8.
  if (row.since !== "" && outputs.some((piece) => piece.text.includes("\u0080"))) {
    return refuse("contains the control character U+0080, which podman garbles");
  }
  if (!"SLVB".includes(row.class)) return encodeWords(row, splitWords(pieces));
  const scalar = encodeScalar(row, pieces);
  if (scalar.ok || row.flag === undefined || joined(pieces) === "") return scalar;
  return { ok: true, text: flagWord(row.flag, pieces, row.expands), variables: [], key: "PodmanArgs" };
}

function joined(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join("");
}

/**
 * A field separator of the key that the template uses and that a value beside it contains too. In
 * `name=value` words, only the name must not contain the `=`.
 */
function brokenSeparator(row: KeyRow, pieces: readonly Piece[]): string | undefined {
  return [...row.separators].find((separator) => {
    const first = pieces.findIndex((piece) => !piece.output && piece.text.includes(separator));
    if (first < 0) return false;
    const scope = row.class === "K" ? pieces.slice(0, first) : pieces;
    return scope.some((piece) => piece.output && piece.text.includes(separator));
  });
}

function separated(separator: string): EncodingResult {
  return refuse(`contains "${separator}", which separates the fields of this key`);
}

/** Encodes a value that is copied verbatim: whatever the file format cannot hold is refused. */
function encodeScalar(row: KeyRow, pieces: readonly Piece[]): EncodingResult {
  const raw = joined(pieces);
  const separator = brokenSeparator(row, pieces);
  if (separator !== undefined) return separated(separator);
  if (raw === "") return refuse("is empty", "leave out the key instead");
  if (raw === ";" && row.since !== "") return refuse(LONE_SEMICOLON);
  if (/[\n\r]/.test(raw)) return refuse("has more than one line, but this key takes only one");
  if (/^\s|[\s\u0085]$/.test(raw)) return refuse("begins or ends with a blank, which podman strips");
  if (raw.endsWith("\\")) return refuse("ends with a backslash, which would continue the line");
  if (row.class === "S" && /^"|"$/.test(raw)) {
    return refuse("begins or ends with a double quote, which podman strips", "use single quotes instead");
  }
  const text = pieces.map((piece) => (piece.output ? protectScalar(row, piece.text) : piece.text)).join("");
  return { ok: true, text, variables: [] };
}

function protectScalar(row: KeyRow, text: string): string {
  if (row.specifiers !== true) return protect(text, row.expands);
  const field = text.slice(0, Math.max(0, text.indexOf(":")));
  return field.replaceAll("$", "$$$$") + protect(text.slice(field.length), row.expands);
}

function encodeWords(row: KeyRow, words: readonly Word[]): EncodingResult {
  const variables: string[] = [];
  const texts: string[] = [];
  for (const word of words) {
    const text = joined(word.pieces);
    const variable =
      row.class === "X" && word.pieces.every((piece) => piece.output) ? WORD_VARIABLES.get(text) : undefined;
    if (variable !== undefined) {
      variables.push(variable);
      texts.push(`\${${variable}}`);
      continue;
    }
    if (text === "") return refuse("is empty, and podman reads an empty word as the end of the line");
    if (text === ";" && row.since !== "") return refuse(LONE_SEMICOLON);
    if (row.class === "K" && text.startsWith("=")) return refuse("has an empty name");
    const separator = brokenSeparator(row, word.pieces);
    if (separator !== undefined) return separated(separator);
    const encoded = joinWord(word, row);
    if (encoded === undefined) {
      return refuse("contains quotes or a line break, or ends with a backslash, which this key cannot hold");
    }
    texts.push(encoded);
  }
  return { ok: true, text: texts.join(" "), variables };
}
