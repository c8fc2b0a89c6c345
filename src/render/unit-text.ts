import { digestOf } from "../lib/digest.ts";
import { LABEL_DIGEST } from "../model/unit.ts";
import type { Piece } from "./marks.ts";
import { isSingle } from "./quadlet-keys.ts";

/** One `key=value` line of a unit, before or after its value was encoded. */
export interface Line<Value> {
  readonly section: string;
  readonly key: string;
  readonly value: Value;
}

/** An encoded line. */
export interface UnitLine extends Line<string> {
  /** The dotted manifest path of its value, if known. */
  readonly path?: string;
}

export interface ParsedTemplate {
  readonly sections: readonly string[];
  readonly lines: readonly Line<readonly Piece[]>[];
  /** What a template must not do, in words. */
  readonly faults: readonly string[];
}

/**
 * Reads a rendered template as a unit file: sections, keys, and values in pieces. Drops comments and blank
 * lines. Only template text can begin a line, name a key or open a section.
 */
export function parseTemplate(pieces: readonly Piece[]): ParsedTemplate {
  const sections: string[] = [];
  const lines: Line<readonly Piece[]>[] = [];
  const faults: string[] = [];
  for (const line of splitLines(pieces)) {
    const first = line[0];
    if (first === undefined || (!first.output && /^[#;]/.test(first.text))) continue;
    const fault = (what: string) => faults.push(`"${shown(line)}" ${what}`);
    const section = /^\[([^[\]]+)\]$/.exec(first.text)?.[1];
    const pair = /^([A-Za-z][A-Za-z0-9-]*)\s*=\s*/.exec(first.text);
    if (line.length === 1 && !first.output && section !== undefined) sections.push(section);
    else if (first.output || pair === null) fault("is not a section, a comment or key=value");
    else if (sections.length === 0) fault("comes before any [Section]");
    else if (isContinued(line)) fault("continues on the next line; write one line");
    else
      lines.push({
        section: sections.at(-1) ?? "",
        key: pair[1] ?? "",
        value: afterKey(line, pair[0].length),
      });
  }
  return { sections, lines, faults };
}

function shown(line: readonly Piece[]): string {
  return line.map((piece) => (piece.output ? "{{ }}" : piece.text)).join("");
}

function isContinued(line: readonly Piece[]): boolean {
  const last = line.at(-1);
  return last !== undefined && !last.output && /(?<!\\)\\$/.test(last.text);
}

function afterKey(line: readonly Piece[], length: number): readonly Piece[] {
  const [first, ...rest] = line;
  const text = first?.text.slice(length) ?? "";
  return text === "" ? rest : [{ text, output: false }, ...rest];
}

/**
 * Splits at line breaks of template text and trims the template's own blanks at both ends of a line. Leaves
 * out lines of nothing else, which are the majority in a rendered template.
 */
function splitLines(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const lines: Piece[][] = [];
  let line: Piece[] = [];
  const end = () => {
    if (line.length > 0) lines.push(line);
    line = [];
  };
  pieces.forEach((piece, at) => {
    if (piece.output) {
      line.push(piece);
      return;
    }
    const texts = piece.text.split("\n");
    texts.forEach((whole, index) => {
      if (index > 0) end();
      const started = line.length === 0 ? whole.trimStart() : whole;
      const isLast = index < texts.length - 1 || at === pieces.length - 1;
      const text = isLast ? started.trimEnd() : started;
      if (text !== "") line.push({ text, output: false });
    });
  });
  end();
  return lines;
}

/** Keeps the last of lines whose key takes one value, at the place of the first. */
export function mergeLines(lines: readonly UnitLine[]): readonly UnitLine[] {
  const merged: UnitLine[] = [];
  for (const line of lines) {
    const same = merged.findIndex((other) => other.section === line.section && other.key === line.key);
    if (same >= 0 && isSingle(line.section, line.key)) merged[same] = line;
    else merged.push(line);
  }
  return merged;
}

/** A line's spelling in the file. */
export function spell(line: Line<string>): string {
  return `${line.key}=${line.value}`;
}

const FIRST_SECTIONS = ["Unit"];
const LAST_SECTIONS = ["Service", "Install", "Quadlet"];

/** Sections in the usual order, whatever the template's and the manifest's. */
function orderSections(sections: readonly string[]): readonly string[] {
  const all = [...new Set(sections)];
  const rank = (section: string) =>
    FIRST_SECTIONS.includes(section) ? -1 : LAST_SECTIONS.indexOf(section) + 1;
  return all.toSorted((a, b) => rank(a) - rank(b));
}

export interface UnitText {
  readonly text: string;
  /** 1-based line number of each printed line. */
  readonly numbers: ReadonlyMap<UnitLine, number>;
}

/** Prints a comment line, if any, then the sections. Equal lines give equal text. */
export function printUnit(
  comments: readonly string[],
  sections: readonly string[],
  lines: readonly UnitLine[],
): UnitText {
  const printed: string[] = comments.map((comment) => `# ${comment}`);
  const numbers = new Map<UnitLine, number>();
  for (const section of orderSections([...sections, ...lines.map((line) => line.section)])) {
    printed.push("", `[${section}]`);
    for (const line of lines) {
      if (line.section !== section) continue;
      printed.push(spell(line));
      numbers.set(line, printed.length);
    }
  }
  return { text: `${printed.join("\n")}\n`, numbers };
}

/** The line that ties a container to the meaning of its unit's text, without comments. */
export function digestLine(sections: readonly string[], lines: readonly UnitLine[]): UnitLine {
  const digest = digestOf(printUnit([], sections, lines).text);
  return { section: "Container", key: "Label", value: `${LABEL_DIGEST}=${digest}` };
}
