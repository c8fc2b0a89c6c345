import { createContext, Script } from "node:vm";

/**
 * The longest text that is matched; no value of a parameter is longer. Matching takes longer with longer
 * texts.
 */
export const MAX_MATCHED = 1_000;

/** A match that takes longer is trying every combination. */
const LIMIT_MS = 1_000;

/**
 * Whether a whole text of at most `MAX_MATCHED` characters matches a regular expression from a pattern's
 * file. Anyone may have written the expression. Undefined if the match takes too long.
 */
export function matchesWhole(source: string, text: string): boolean | undefined {
  const expression = new RegExp(`^(?:${source})$`);
  return isQuick(source) ? expression.test(text) : inTime(() => expression.test(text));
}

/**
 * What a search with a regular expression from a pattern's file finds; undefined if it takes longer than
 * `limitMs`.
 */
export function inTime<T>(find: () => T, limitMs = LIMIT_MS): T | undefined {
  try {
    // Only this ends a match that is under way: V8 checks for an interrupt whenever it backtracks.
    return SCRIPT.runInContext(createContext({ find }), { timeout: limitMs });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  }
}

const SCRIPT = new Script("find()");

/**
 * At most two repetitions, none of a group, and nothing that may match in two ways: no alternatives and
 * nothing optional. The square of the text's length bounds the time.
 */
function isQuick(source: string): boolean {
  const repetitions = source.match(/[*+{]/g)?.length ?? 0;
  return repetitions <= 2 && !/\)[*+{]|\\[1-9k]|\||(?<!\()\?/.test(source);
}
