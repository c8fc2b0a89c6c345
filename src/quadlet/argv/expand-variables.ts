import { UNKNOWN, UNKNOWN_WORDS } from "./unknown-parts.ts";

/** The value of a variable in a service's command; undefined if it cannot be known. */
export type Variables = (name: string) => string | undefined;

/**
 * Expands variables in a command's words as systemd does when it starts the service. A word that is exactly
 * `$NAME` becomes the words of the value (none if it is empty). `${NAME}` becomes the value anywhere in a
 * word. `$$` becomes a dollar sign, and `$NAME` inside a longer word stays as it is. Quotes do not protect a
 * variable. Unknown values become UNKNOWN.
 */
export function expandVariables(words: readonly string[], variables: Variables): readonly string[] {
  return words.flatMap((word) => expandWord(word, variables));
}

function expandWord(word: string, variables: Variables): readonly string[] {
  const whole = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word)?.[1];
  if (whole !== undefined) {
    const value = variables(whole);
    return value === undefined ? [UNKNOWN_WORDS] : value.split(/\s+/).filter(Boolean);
  }
  return [
    word.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (text, name: string | undefined) =>
      name === undefined ? text.slice(1) : (variables(name) ?? UNKNOWN),
    ),
  ];
}
