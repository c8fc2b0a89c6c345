import { createContext, Script } from "node:vm";

/** No value of a parameter is as long; matching takes longer the longer the text is. */
export const MAX_MATCHED = 1_000;

/** A match that takes longer has been led into trying everything. */
const LIMIT_MS = 1_000;

/**
 * Whether a whole text of at most `MAX_MATCHED` characters matches a regular expression from a pattern's file, which
 * anybody may have written. Undefined where that takes too long to be said.
 */
export function matchesWhole(source: string, text: string): boolean | undefined {
  const expression = new RegExp(`^(?:${source})$`);
  return isQuick(source) ? expression.test(text) : inTime(() => expression.test(text));
}

/** What is found with a regular expression from a pattern's file; undefined where that takes longer than `limitMs`. */
export function inTime<T>(find: () => T, limitMs = LIMIT_MS): T | undefined {
  try {
    // The only way to end a match that is under way: V8 looks for an interrupt whenever it goes back to try again.
    return SCRIPT.runInContext(createContext({ find }), { timeout: limitMs });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  }
}

const SCRIPT = new Script("find()");

/**
 * Two repetitions at most, of which none is of a group, and nothing that may match in two ways: no alternatives, nothing
 * optional. The time is bounded by the square of the text's length.
 */
function isQuick(source: string): boolean {
  const repetitions = source.match(/[*+{]/g)?.length ?? 0;
  return repetitions <= 2 && !/\)[*+{]|\\[1-9k]|\||(?<!\()\?/.test(source);
}
