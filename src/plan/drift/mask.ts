/** Names of variables, labels and flags whose values are never shown. */
const SECRET_NAME = /pass|pwd|secret|token|key|cred|auth|private|salt|cookie|dsn|session|apikey|jwt/i;

/** What stands in for a secret value that is as declared, and for one that is not. */
export const HIDDEN = "(hidden)";
export const HIDDEN_OTHER = "(hidden, differs)";

/** Whether a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Hides user and password of URLs: `postgres://u:p@host` becomes `postgres://(hidden)@host`. */
export function maskText(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, `$1${HIDDEN}@`);
}

/** Words of a command, with the values of options that carry secrets hidden. */
export function maskWords(words: readonly string[]): readonly string[] {
  return words.map((word, index) => {
    const assignment = /^(-{0,2}[A-Za-z0-9_./-]+)=/.exec(word)?.[1];
    if (assignment !== undefined && isSecretName(assignment)) return `${assignment}=${HIDDEN}`;
    const before = words[index - 1] ?? "";
    if (/^--?[A-Za-z]/.test(before) && !before.includes("=") && isSecretName(before)) return HIDDEN;
    return maskText(word);
  });
}
