import { withoutExpansion } from "../lib/systemd-quoting.ts";
import type { Piece } from "./marks.ts";
import type { Expansion, KeyRow } from "./quadlet-keys.ts";

/** One word of a value. */
export interface Word {
  readonly pieces: readonly Piece[];
  /** The template has quotes or backslashes itself, so values are escaped and not quoted again. */
  readonly quoted: boolean;
}

/** Doubles what systemd would expand in a value. */
export function protect(text: string, expands: Expansion): string {
  return expands === "none" ? text : withoutExpansion(text, expands);
}

/** Splits at the template's blanks outside its quotes. Blanks in values never split. */
export function splitWords(pieces: readonly Piece[]): readonly Word[] {
  const words: { pieces: Piece[]; quoted: boolean }[] = [];
  let word: { pieces: Piece[]; quoted: boolean } | undefined;
  let quote = "";
  for (const piece of pieces.flatMap(tokens)) {
    const blank = !piece.output && quote === "" && /^\s/.test(piece.text);
    if (blank) {
      word = undefined;
      continue;
    }
    if (word === undefined) {
      word = { pieces: [], quoted: false };
      words.push(word);
    }
    word.pieces.push(piece);
    if (piece.output) continue;
    if (/^["'\\]/.test(piece.text)) word.quoted = true;
    quote = nextQuote(quote, piece.text);
  }
  return words;
}

/** Template text in parts that are blanks, a quote, an escape or none of these; a value is one part. */
function tokens(piece: Piece): readonly Piece[] {
  if (piece.output) return [piece];
  const parts = piece.text.match(/\\.|\s+|["']|[^\s"'\\]+|\\$/gs) ?? [];
  return parts.map((text) => ({ text, output: false }));
}

function nextQuote(quote: string, part: string): string {
  if (part === quote) return "";
  return quote === "" && (part === '"' || part === "'") ? part : quote;
}

const SPECIAL = /[\p{Cc}\p{Z}"'\\]/gu;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/** C escapes for characters that end a word or a quotation, or are invisible. */
function escapeCharacters(text: string, place: "in-quotes" | "bare"): string {
  return text.replace(SPECIAL, (character) => {
    if (place === "in-quotes" && character === '"') return '\\"';
    if (place === "in-quotes" && (character === " " || character === "'")) return character;
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return NAMED[character] ?? (code < 0x80 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
  });
}

/** One word with its values encoded; undefined if the key's syntax cannot spell it. */
export function joinWord(word: Word, row: KeyRow): string | undefined {
  if (row.class === "W") return joinPlainWord(word, row);
  const special = word.pieces.some((piece) => piece.output && piece.text.search(SPECIAL) >= 0);
  const quote = special && !word.quoted;
  const encode = (text: string) => protect(escapeCharacters(text, quote ? "in-quotes" : "bare"), row.expands);
  const text = word.pieces.map((piece) => (piece.output ? encode(piece.text) : piece.text)).join("");
  return quote ? `"${text}"` : text;
}

/** Words without escapes: in a pair of quotes that the value does not contain, or in none. */
function joinPlainWord(word: Word, row: KeyRow): string | undefined {
  const values = word.pieces.filter((piece) => piece.output).map((piece) => piece.text);
  const text = word.pieces
    .map((piece) => (piece.output ? protect(piece.text, row.expands) : piece.text))
    .join("");
  // It would pull the blank, the quote or the line break that follows into the word.
  if (text.endsWith("\\") || values.some((value) => /[\n\r]/.test(value))) return undefined;
  if (!values.some((value) => /[\s\u0085"']/.test(value))) return text;
  const quote = ['"', "'"].find((candidate) => !text.includes(candidate));
  return word.quoted || quote === undefined ? undefined : quote + text + quote;
}

/** A whole value as one argument `flag=value`, for keys that fall back to PodmanArgs=. */
export function flagWord(flag: string, pieces: readonly Piece[], expands: Expansion): string {
  const text = pieces
    .map((piece) => {
      const escaped = escapeCharacters(piece.text, "in-quotes");
      return piece.output ? protect(escaped, expands) : escaped;
    })
    .join("");
  return `"${flag}=${text}"`;
}
