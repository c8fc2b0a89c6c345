/** The numbers between a version's dots; NaN where there is something else: `5.4.2-dev` ends in NaN. */
export function versionNumbers(version: string): readonly number[] {
  return version.split(".").map(Number);
}

/**
 * Compares two versions number by number: negative where the first is older, 0 where they are equal, NaN where the first
 * number that differs is none. A version that is shorter is taken to go on with `missing`.
 */
export function compareVersions(one: readonly number[], other: readonly number[], missing = 0): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [left, right] = [one[index] ?? missing, other[index] ?? missing];
    if (left !== right) return left - right;
  }
  return 0;
}
