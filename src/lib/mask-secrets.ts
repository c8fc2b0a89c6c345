import { splitWords } from "./systemd-words.ts";

/** Names of variables, labels and flags whose values are never shown. */
const SECRET_NAME =
  /pass|pwd|secret|token|key|cred|auth|private|salt|cookie|dsn|session|apikey|jwt|bearer|webhook/i;

/**
 * Names too short to be looked for within other words (`spin`, `laptop`): `_`, `-`, `.`, digits and case part
 * words.
 */
const SECRET_WORDS: ReadonlySet<string> = new Set(["otp", "totp", "pin", "psk", "pw"]);
const MAY_HAVE_WORD = new RegExp([...SECRET_WORDS].join("|"), "i");

/** What replaces a secret value that is as declared, and one that is not. */
export const HIDDEN = "(hidden)";
export const HIDDEN_OTHER = "(hidden, differs)";

/**
 * Names in front of a value, also inside quotes: `name=`, `name: ` (no path, host or scheme of a URL),
 * `--name `.
 */
const ASSIGNED = /(?<![\w./-])([\w./-]+)\\?["']?=/g;
const HEADED = /(?<![\w./-])([\w.-]+)\\?["']?\s*:(?!\/\/)/g;
/** Quoted names in front of a value, as in JSON. */
const QUOTED = /\\?["']([\w.-]+)\\?["']\s*:/g;
const FLAGGED = /(?<!\S)["']?(--?[A-Za-z][\w.-]*)["']?\s+/g;

/** Whether a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  if (SECRET_NAME.test(name)) return true;
  if (!MAY_HAVE_WORD.test(name)) return false;
  const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/);
  return words.some((word) => SECRET_WORDS.has(word.toLowerCase()));
}

/**
 * URLs that let anyone who knows them post, as chat services issue them: the rest of such a URL is a secret.
 */
const POSTED_TO = /(:\/\/[^\s"']*?(?:\b(?:web)?hooks?\b[^\s"'/]*\/|\/bot(?=\d+:)))[^\s"']+/gi;

/**
 * Hides the secrets in URLs: user and password (`postgres://u:p@host` becomes `postgres://(hidden)@host`) and
 * the end of a webhook's (`https://hooks.slack.com/(hidden)`).
 */
export function maskText(text: string): string {
  if (!text.includes("://")) return text;
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, `$1${HIDDEN}@`)
    .replace(POSTED_TO, `$1${HIDDEN}`);
}

/**
 * Words of a command, with the values of secret options, variables and headers hidden. Within a word,
 * everything after the name of a secret is hidden, because the end of its value is unknown. A header at the
 * end of a word (`Authorization:`, if words were joined and split again) hides all words after it.
 */
export function maskWords(words: readonly string[]): readonly string[] {
  const last = words.findIndex((word) => /:["']?$/.test(word) && secretAt(word, [HEADED]) !== undefined);
  const known = [ASSIGNED, HEADED, FLAGGED];
  if (last < 0 || last === words.length - 1) return hide(words, known);
  return [...hide(words.slice(0, last + 1), known), HIDDEN];
}

/** A command in one text, quoted as systemd or a shell reads it; unchanged if nothing in it is hidden. */
export function maskCommand(text: string): string {
  return unlessSame(text, maskWords);
}

/**
 * What systemd says about a service begins with its name, which is not the name of a secret: `auth.service:
 * Failed with ...`.
 */
const ABOUT_SERVICE = /^\S+\.service: /;

/** Masks a line that a program wrote (a log, an error, the end of a hook) as the words of a command. */
export function maskOutput(line: string): string {
  const about = ABOUT_SERVICE.exec(line)?.[0] ?? "";
  return about + maskCommand(line.slice(about.length));
}

/**
 * Masks an error of podman's own: a name before a colon is the subject of its complaint (`secret
 * "db-password": no such secret`).
 */
export function maskError(line: string): string {
  return unlessSame(line, (words) => hide(words, [ASSIGNED, FLAGGED]));
}

/**
 * Masks a value that is not a command: in `auth:2.1` or `keys:/data` the name does not mark a secret, but in
 * JSON it does.
 */
export function maskOptions(text: string): string {
  const at = secretAt(text, [QUOTED]) ?? text.length;
  const shown = unlessSame(text.slice(0, at), (words) => hide(words, [ASSIGNED, FLAGGED]));
  return at === text.length ? shown : shown + HIDDEN;
}

/** What is shown of a value that differs from another: if only hidden parts differ, the text says so. */
export function unlike(shown: string, other: string): string {
  return shown === other ? shown.replaceAll(HIDDEN, HIDDEN_OTHER) : shown;
}

function unlessSame(text: string, mask: (words: readonly string[]) => readonly string[]): string {
  const words = splitWords(text);
  const masked = mask(words);
  const same = masked.length === words.length && masked.every((word, index) => word === words[index]);
  return same ? text : masked.join(" ");
}

function hide(words: readonly string[], names: readonly RegExp[]): readonly string[] {
  return words.map((word, index) => (isSecretFlag(words[index - 1]) ? HIDDEN : maskWord(word, names)));
}

function isSecretFlag(word = ""): boolean {
  const flag = /^["']?(--?[A-Za-z][^=\s]*)$/.exec(word)?.[1];
  return flag !== undefined && isSecretName(flag);
}

function maskWord(word: string, names: readonly RegExp[]): string {
  const text = maskText(word);
  const at = secretAt(text, names) ?? text.length;
  return at === text.length ? text : text.slice(0, at) + HIDDEN;
}

/** Where the first value begins whose name marks it as a secret. */
function secretAt(word: string, names: readonly RegExp[]): number | undefined {
  const found = names.flatMap((name) =>
    [...word.matchAll(name)]
      .filter((match) => isSecretName(match[1] ?? ""))
      .map((match) => match.index + match[0].length),
  );
  return found.length === 0 ? undefined : Math.min(...found);
}
