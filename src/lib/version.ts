/** The numbers between a version's dots; NaN for other text: `5.4.2-dev` ends in NaN. */
export function versionNumbers(version: string): readonly number[] {
  return version.split(".").map(Number);
}

/**
 * Compares two versions number by number: negative if the first is older, 0 if they are equal, NaN if the
 * first difference is not a number. A shorter version continues with `missing`.
 */
export function compareVersions(one: readonly number[], other: readonly number[], missing = 0): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [left, right] = [one[index] ?? missing, other[index] ?? missing];
    if (left !== right) return left - right;
  }
  return 0;
}
