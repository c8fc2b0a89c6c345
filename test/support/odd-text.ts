import fc from "fast-check";

/** Pieces that unit files, systemd, podman, shells, YAML and Liquid give a meaning to. */
const TRICKY = [
  "\n",
  "\r\n",
  "\t",
  " ",
  "  ",
  "%h",
  "%",
  "%%",
  "$HOME",
  "$",
  `$${"{HOME}"}`,
  "$$",
  '"',
  "'",
  "\\",
  "\\n",
  "\\x41",
  "\\q",
  "[",
  "]",
  "[Service]",
  "\n[Service]\nExecStartPre=/bin/false\n",
  "#",
  " # ",
  ";",
  "; rm",
  "-",
  "--privileged",
  "=",
  ":",
  ": ",
  ",",
  "{",
  "}",
  "&a",
  "*a",
  "!!int",
  "|",
  "@",
  "`",
  "~",
  "null",
  "{{ image }}",
  "{% raw %}",
  "é",
  "🦊",
  "\u00a0",
  "\u2003",
  "\u2028",
  "\u0085",
  "\u0001",
  "\u001b[31m",
  "\u007f",
  "\ufeff",
  "٪",
  "a",
  "B",
  "0",
  "x".repeat(10_000),
];
const tricky = fc.array(fc.constantFrom(...TRICKY), { maxLength: 6 }).map((parts) => parts.join(""));

/** Any text: whole code points of all planes, and pieces that have a meaning somewhere. */
const anyText = fc.oneof(
  { weight: 4, arbitrary: tricky },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);

/** What no unit file can hold, wherever it stands; systemd and podman both lose it. */
function isImpossible(text: string): boolean {
  const nonCharacter = [...text].some((character) => ((character.codePointAt(0) ?? 0) & 0xfffe) === 0xfffe);
  return nonCharacter || /[\0\u0080\ufdd0-\ufdef]/.test(text) || /\p{Cs}/u.test(text);
}

/** Any text that a unit file can hold in some way. */
export const possibleText = anyText.filter((text) => !isImpossible(text));
