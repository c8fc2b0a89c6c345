/**
 * Stands in a word for text that only systemd knows (`%m`, a variable from an environment file). It is a
 * private-use code point, which command lines do not contain.
 */
export const UNKNOWN = "\u{F8FF}";

/** A word that was one `$NAME` of unknown value, which may have become any number of words. */
export const UNKNOWN_WORDS = `${UNKNOWN}${UNKNOWN}`;

/** Whether a word has an unknown part. */
export function isUnknown(word: string): boolean {
  return word.includes(UNKNOWN);
}

/** Whether a word with unknown parts may have become the known word. */
export function couldBe(word: string, known: string): boolean {
  const pattern = word
    .split(UNKNOWN)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*");
  return new RegExp(`^${pattern}$`).test(known);
}
