import pc from "picocolors";
import { withVisibleBytes } from "../lib/bytes.ts";
import type { Io } from "./io.ts";

export type Colours = ReturnType<typeof pc.createColors>;

/** Where a command writes: the result to stdout, everything else to stderr. */
export interface Terminal {
  readonly colours: Colours;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** Whether progress may be drawn over itself. */
  readonly animated: boolean;
  /** Columns. Infinite, so that lines stay whole, unless the output is a terminal of known size. */
  readonly width: number;
  /** Prints a line of the result. */
  print(text: string): void;
  /** Prints the one JSON document of `--output json`. */
  printJson(document: unknown): void;
  /** Prints a line about the work, which is not part of the result. */
  note(text: string): void;
  /** Prints a line that says what went wrong. --quiet does not silence it. */
  alert(text: string): void;
  /** Asks a yes-no question; the default is no. */
  ask(question: string): Promise<boolean>;
  /** Asks for a line of text; empty if there is nothing more to read. */
  askText(question: string): Promise<string>;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly colour: boolean;
}

export function createTerminal(io: Io, options: TerminalOptions): Terminal {
  const colour =
    options.colour && io.stdout.isTTY === true && !io.environment.NO_COLOR && io.environment.TERM !== "dumb";
  return {
    colours: pc.createColors(colour),
    json: options.json,
    quiet: options.quiet,
    verbose: options.verbose,
    interactive: io.stdin.isTTY === true && io.stderr.isTTY === true,
    animated:
      io.stderr.isTTY === true &&
      // A terminal that does not know its size (a serial line, a pipe through `script`) reports 0 columns.
      (io.stderr.columns ?? 0) > 0 &&
      !options.quiet &&
      io.environment.TERM !== "dumb" &&
      !io.environment.CI,
    width: io.stdout.columns || Number.POSITIVE_INFINITY,
    print: (text) => void io.stdout.write(`${printable(text, colour)}\n`),
    printJson: (document) => void io.stdout.write(`${printableJson(document)}\n`),
    note: (text) => {
      if (!options.quiet) io.stderr.write(`${printable(text, colour)}\n`);
    },
    alert: (text) => void io.stderr.write(`${printable(text, colour)}\n`),
    ask: async (question) => /^y(es)?$/i.test((await answerTo(io, `${question} [y/N] `)).trim()),
    askText: async (question) => (await answerTo(io, printable(question, colour))).trim(),
  };
}

async function answerTo(io: Io, question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  const ended = new Promise<string>((resolve) => prompt.once("close", () => resolve("")));
  const answer = await Promise.race([prompt.question(question), ended]);
  prompt.close();
  return answer;
}

/**
 * Control characters, C1 included, except tab, line feed and escape; and marks that reverse the direction of
 * text.
 */
const CONTROLS = "\\x00-\\x08\\x0b-\\x1a\\x1c-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069";
/** The escape sequences of our own colours: bold, dim, a colour, and their ends. */
const COLOUR = "\\[(?:1|2|22|3[1-6]|39)m";
const UNPRINTABLE = new RegExp(`[${CONTROLS}\\x1b]`, "g");
const UNPRINTABLE_BESIDE_COLOURS = new RegExp(`[${CONTROLS}]|\\x1b(?!${COLOUR})`, "g");

/**
 * Replaces what would let text from a repository or a container steer the terminal, or hide itself, and shows
 * bytes that are not UTF-8 as `\xE9`.
 */
function printable(text: string, coloured: boolean): string {
  return withVisibleBytes(text).replace(coloured ? UNPRINTABLE_BESIDE_COLOURS : UNPRINTABLE, "\u{fffd}");
}

/** Escapes the control characters that JSON.stringify leaves as they are. The document means the same. */
function printableJson(document: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(document, null, 2).replace(UNPRINTABLE, escaped);
}
