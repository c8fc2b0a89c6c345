import { splitWords } from "./quote-values.ts";
import type { UnitLine } from "./unit-text.ts";

/** Names of secrets, but not of files that hold one (`..._FILE`) or of lifetimes. */
const SECRET_NAME = new RegExp(
  "(PASSWORD|PASSWD|PASSPHRASE|_PASS|_PWD|SECRET|TOKEN|CREDENTIALS?|" +
    String.raw`(API|ACCESS|PRIVATE|SECRET|ENCRYPTION|MASTER)_?KEY)S?\d*$`,
  "i",
);

/** A password within an address: `postgres://user:password@host`. */
const SECRET_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

/** Values that are not secrets: switches, and paths that a secret is read from. */
const HARMLESS = /^(|true|false|yes|no|on|off|0|1|none|\/run\/secrets\/.*)$/i;

/** A password may be empty, or made up and printed to the log: databases offer both by name. */
const NO_PASSWORD = /(ALLOW_EMPTY|EMPTY_ROOT|RANDOM).*PASSWORD$/i;

/** The name of a variable that a line of a unit sets to a secret in plain text; never its value. */
export function plainSecret(line: UnitLine): string | undefined {
  const words = splitWords([{ text: line.value, output: false }]).map((word) =>
    word.pieces
      .map((piece) => piece.text)
      .join("")
      .replace(/["']/g, "")
      .replace(/^(--env=|-e)(?=\w)/, ""),
  );
  return words.map(secretVariable).find((name) => name !== undefined);
}

/** The variables of a whole hand-written unit, each with its line, counted from 1. */
export function plainSecretsIn(text: string): readonly { readonly line: number; readonly name: string }[] {
  return text.split("\n").flatMap((written, index) => {
    const [, key, value] = /^\s*(Environment|PodmanArgs)\s*=(.*)$/.exec(written) ?? [];
    if (key === undefined || value === undefined) return [];
    const name = plainSecret({ section: "Container", key, value });
    return name === undefined ? [] : [{ line: index + 1, name }];
  });
}

function secretVariable(word: string): string | undefined {
  const [, name = "", value = ""] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(word) ?? [];
  if (NO_PASSWORD.test(name) && value !== "") return name;
  if (HARMLESS.test(value)) return undefined;
  return SECRET_NAME.test(name) || SECRET_URL.test(value) ? name : undefined;
}
