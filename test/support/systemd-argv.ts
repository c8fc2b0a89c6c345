/** What systemd would run: an independent reading of systemd.service(5), for tests of what quadgate renders. */

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

const PARTS = String.raw`"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(?:\\.|[^ \t\n\r"'\\])+`;
const ESCAPE = /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/gsu;

function decode(sequence: string): string {
  const letter = sequence[1] ?? "";
  const value = Number.parseInt(sequence.slice(2), 16);
  if (letter === "x" && value > 0x7f) throw new Error(`a byte of broken UTF-8: ${sequence}`);
  if (sequence.length > 2) return String.fromCodePoint(value);
  const plain = ESCAPES[letter];
  if (plain === undefined) throw new Error(`an unknown escape: ${sequence}`);
  return plain;
}

/** Splits into words as systemd does: quotes, C escapes. Throws for what systemd would refuse. */
function splitSystemdWords(text: string): readonly string[] {
  const word = new RegExp(`(?:${PARTS})+`, "gsu");
  if (/[^ \t\n\r]/.test(text.replace(word, ""))) throw new Error("unbalanced quotes or a lone backslash");
  const part = new RegExp(PARTS, "gsu");
  return [...text.matchAll(word)].map(([found]) =>
    found.replace(part, (whole: string, double?: string, single?: string) =>
      (double ?? single ?? whole).replace(ESCAPE, decode),
    ),
  );
}

/** Replaces specifiers; only those given are expected, any other is a defect of what was rendered. */
export function expandSpecifiers(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/%(.?)/gsu, (whole, letter: string) => {
    const value = letter === "%" ? "%" : known[letter];
    if (value === undefined) throw new Error(`an unexpected specifier: ${whole}`);
    return value;
  });
}

/** Replaces `$$`, `${NAME}` and a whole word `$NAME`. */
function expandVariables(word: string, variables: ReadonlyMap<string, string>): readonly string[] {
  const whole = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word);
  if (whole) return (variables.get(whole[1] ?? "") ?? "").split(/\s+/).filter((part) => part !== "");
  return [
    word.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (found, name: string | undefined) =>
      found === "$$" ? "$" : (variables.get(name ?? "") ?? ""),
    ),
  ];
}

/** The argument vector of a generated service's ExecStart, and of no second command. */
export function execStart(service: string, specifiers: Readonly<Record<string, string>>): readonly string[] {
  const lines = service.split("\n").filter((line) => line.startsWith("ExecStart="));
  if (lines.length !== 1) throw new Error(`${lines.length} ExecStart lines`);
  const variables = new Map(
    service
      .split("\n")
      .filter((line) => line.startsWith("Environment="))
      .flatMap((line) => splitSystemdWords(line.slice("Environment=".length)))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const),
  );
  const words = splitSystemdWords(lines[0]?.slice("ExecStart=".length) ?? "");
  if (words.includes(";")) throw new Error("a second command after a lone ;");
  return words
    .map((word) => expandSpecifiers(word, specifiers))
    .flatMap((word) => expandVariables(word, variables));
}
