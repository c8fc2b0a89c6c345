const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** `\x41`, `\101`, `\u00e9`, `\U0001F600`; sticky, so that a match starts at the backslash. */
const NUMERIC_ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

/**
 * Splits a systemd command line into words as systemd.service(5) "COMMAND LINES" describes. Blanks separate
 * words, single and double quotes group them, and C escapes are decoded, also inside both kinds of quotes. An
 * escape that systemd does not know stays as it is; an open quote ends with the line.
 */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: keyof typeof RUNS = "";
  for (let index = 0; index < line.length; ) {
    const char = line.charAt(index);
    if (char === "\\") {
      const read = readEscape(line, index);
      word = (word ?? "") + read.text;
      index += read.length;
      continue;
    }
    if (char === quote) {
      quote = "";
      index += 1;
    } else if (quote === "" && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
      index += 1;
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      index += 1;
    } else {
      const run = runAt(line, index, quote);
      word = (word ?? "") + run;
      index += run.length;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The run of ordinary characters from here on: outside of quotes, and inside of each kind. */
const RUNS = { "": /[^\\"'\s]+/y, '"': /[^\\"]+/y, "'": /[^\\']+/y } as const;

function runAt(line: string, index: number, quote: keyof typeof RUNS): string {
  const pattern = RUNS[quote];
  pattern.lastIndex = index;
  return pattern.exec(line)?.[0] ?? line.charAt(index);
}

function readEscape(line: string, index: number): { readonly text: string; readonly length: number } {
  const next = line.charAt(index + 1);
  const simple = SIMPLE_ESCAPES[next];
  if (simple !== undefined) return { text: simple, length: 2 };
  NUMERIC_ESCAPE.lastIndex = index;
  const match = NUMERIC_ESCAPE.exec(line);
  if (!match) return { text: `\\${next}`, length: 2 };
  const [whole, hex, octal, short, long] = match;
  const code =
    octal === undefined ? Number.parseInt(hex ?? short ?? long ?? "0", 16) : Number.parseInt(octal, 8);
  return { text: code <= 0x10ffff ? String.fromCodePoint(code) : whole, length: whole.length };
}
