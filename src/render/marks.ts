/**
 * Marks around a template's outputs, so that later passes can distinguish values from template text. They are
 * Unicode noncharacters: systemd drops lines with one, so no value can need them.
 */
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

/** A run of rendered text: the template's own (trusted, verbatim), or a value that is not encoded yet. */
export interface Piece {
  readonly text: string;
  readonly output: boolean;
}

/**
 * liquidjs `outputEscape`: what `{{ x }}` becomes. Throws for a list or an object, which have no single
 * spelling.
 */
export function markOutput(value: unknown): string {
  if (value === null || value === undefined) return OPEN + CLOSE;
  if (typeof value === "object")
    throw new Error("the text outputs a list or a map, but a single value is expected");
  const text = String(value);
  // The result of `{% capture %}` already has its marks.
  return text.includes(OPEN) ? text : OPEN + text + CLOSE;
}

/** Splits rendered text at its marks. */
export function splitPieces(rendered: string): readonly Piece[] {
  const pieces: Piece[] = [];
  rendered.split(OPEN).forEach((part, index) => {
    const close = index === 0 ? -1 : part.indexOf(CLOSE);
    if (close >= 0) pieces.push({ text: part.slice(0, close), output: true });
    const trusted = part.slice(close + 1);
    if (trusted !== "") pieces.push({ text: trusted, output: false });
  });
  return pieces;
}

/** The pieces as one text, without the template's blanks at both ends. */
export function joinTrimmed(pieces: readonly Piece[]): string {
  const texts = pieces.map(({ text, output }, index) => {
    if (output) return text;
    const started = index === 0 ? text.trimStart() : text;
    return index === pieces.length - 1 ? started.trimEnd() : started;
  });
  return texts.join("");
}

/** The value's own texts, in order. */
export function outputsOf(pieces: readonly Piece[]): readonly string[] {
  return pieces.filter((piece) => piece.output).map((piece) => piece.text);
}
