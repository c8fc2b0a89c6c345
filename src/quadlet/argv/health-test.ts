/**
 * What podman stores for a `--health-cmd`, which is a JSON array, `CMD ...`, `CMD-SHELL ...`, `none` or shell
 * text.
 */
export function testOf(text: string): string {
  if (text.toLowerCase() === "none") return "none";
  const words = wordsOf(text);
  if (words !== undefined) return arrayText(words);
  const shell = /^CMD-SHELL\s+([\s\S]*)$/.exec(text)?.[1];
  if (shell !== undefined) return shell;
  const exec = /^CMD\s+([\s\S]*)$/.exec(text)?.[1];
  return exec === undefined ? text : exec.split(/\s+/).join(" ");
}

/** Words that are written as JSON; undefined for a command line. */
function wordsOf(text: string): readonly string[] | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) ? words.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function arrayText(words: readonly string[]): string {
  return words.length === 1
    ? (words[0] ?? "")
    : testText(/^(CMD|CMD-SHELL|NONE)$/.test(words[0] ?? "") ? words : ["CMD", ...words]);
}

/** A stored test as one text, so that `CMD a b` and `CMD-SHELL a b` are compared by what they run. */
export function testText(test: readonly string[]): string {
  const [kind, ...words] = test;
  if (kind === undefined || kind.toUpperCase() === "NONE") return "none";
  if (kind === "CMD" || kind === "CMD-SHELL") return words.join(" ");
  // If a word of a JSON array has blanks, podman 5.4 splits the array at them.
  return arrayAgain(test.join(" ")) ?? test.join(" ");
}

function arrayAgain(text: string): string | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) ? arrayText(words.map(String)) : undefined;
  } catch {
    return undefined;
  }
}
