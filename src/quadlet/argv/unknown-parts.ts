/**
 * Stands in a word for text that cannot be known without asking systemd (`%m`, a variable from an environment
 * file). A private-use code point: no command line holds one.
 */
export const UNKNOWN = "\u{F8FF}";

/** A word that was one `$NAME` of unknown value: it may have become any number of words. */
export const UNKNOWN_WORDS = `${UNKNOWN}${UNKNOWN}`;

/** Whether a word holds a part that is not known. */
export function isUnknown(word: string): boolean {
  return word.includes(UNKNOWN);
}

/** Whether a known word is what the word with unknown parts may have become. */
export function couldBe(word: string, known: string): boolean {
  const pattern = word
    .split(UNKNOWN)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*");
  return new RegExp(`^${pattern}$`).test(known);
}
