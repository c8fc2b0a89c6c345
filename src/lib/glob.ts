import picomatch from "picomatch";

/**
 * Whether a name matches one of the globs. Case does not matter, and a leading dot is an ordinary character.
 */
export function matchesGlob(name: string, globs: readonly string[]): boolean {
  return picomatch.isMatch(name, [...globs], { nocase: true, dot: true });
}
