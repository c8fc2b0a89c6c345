import picomatch from "picomatch";

/** Whether a name matches one of the globs; upper and lower case are the same, and a leading dot is a letter like any other. */
export function matchesGlob(name: string, globs: readonly string[]): boolean {
  return picomatch.isMatch(name, [...globs], { nocase: true, dot: true });
}
