const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;
const LETTERS = "kmgtp";

/**
 * Bytes of a size whose units are powers of 1000, as in `--log-opt max-size=10mb`; undefined for anything
 * else.
 */
export function parseDecimalSize(text: string): number | undefined {
  const [, amount, letter = ""] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const power = letter === "" ? 0 : LETTERS.indexOf(letter.toLowerCase()) + 1;
  return Math.floor(Number(amount) * 1000 ** power);
}

/** Bytes as podman shows such a size: `10MB`, four digits at most. */
export function formatDecimalSize(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${Number(rest.toPrecision(4))}${UNITS[unit]}`;
}
