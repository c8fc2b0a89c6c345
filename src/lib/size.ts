/** The letters of the units, each 1024 times the one before; bytes have none. */
const LETTERS = " KMGTPE";

const SIZE = /^(\s*)(\d+(?:\.\d+)?)(\s*)([kmgtpe]?)(?:i?b)?(\s*)$/i;

/** What a caller accepts as a size, as far as callers differ. */
interface SizeSyntax {
  /** The largest unit's letter. */
  readonly largest: "T" | "E";
  /** Whether a number without a unit is a size in bytes. */
  readonly bareBytes: boolean;
  /**
   * Whether blanks may be at the ends, and any number of them before the unit; otherwise at most one
   * before the unit.
   */
  readonly looseBlanks: boolean;
}

interface SizeParts {
  readonly amount: string;
  /** Upper case; empty for bytes. */
  readonly letter: string;
}

function splitSize(text: string, { largest, bareBytes, looseBlanks }: SizeSyntax): SizeParts | undefined {
  const [, before = "", amount, between = "", unit = "", after = ""] = SIZE.exec(text) ?? [];
  const letter = unit.toUpperCase();
  if (amount === undefined || LETTERS.indexOf(letter) > LETTERS.indexOf(largest)) return undefined;
  if (letter === "" && !bareBytes) return undefined;
  if (!looseBlanks && (before !== "" || after !== "" || between.length > 1)) return undefined;
  return { amount, letter };
}

function exactBytes({ amount, letter }: SizeParts): number {
  return Number(amount) * 1024 ** LETTERS.indexOf(letter);
}

/**
 * Bytes of a size as podman and systemd write it: `4G`, `4g`, `512MiB`, `1.5G`, `4096`; 1024-based. Undefined
 * for anything else, such as a percentage.
 */
export function parseSize(text: string): number | undefined {
  const parts = splitSize(text, { largest: "E", bareBytes: true, looseBlanks: true });
  return parts && Math.floor(exactBytes(parts));
}

/** Bytes of a limit: undefined (no limit) also for zero and for more bytes than a number holds exactly. */
export function parseLimit(text: string): number | undefined {
  const parts = splitSize(text, { largest: "T", bareBytes: true, looseBlanks: true });
  const bytes = parts && Math.floor(exactBytes(parts));
  return bytes !== undefined && bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

const IN_MANIFEST: SizeSyntax = { largest: "T", bareBytes: false, looseBlanks: false };

/** Bytes of a size as manifests and patterns write it, always with a unit: `512M`, `1.5G`, `4GiB`. */
export function parseManifestSize(text: string): number | undefined {
  const parts = splitSize(text, IN_MANIFEST);
  return parts && Math.round(exactBytes(parts));
}

/** A size in systemd's spelling: `4GiB`, `4 gb` and `4g` become `4G`. Other text stays unchanged. */
export function normaliseManifestSize(text: string): string {
  const parts = splitSize(text, IN_MANIFEST);
  return parts === undefined ? text : `${parts.amount}${parts.letter}`;
}

/** Bytes in the largest unit of which they are a whole number: `4G`, `1536M`, `1000`. */
export function formatWholeSize(bytes: number): string {
  const units = ["", "K", "M", "G", "T"];
  let unit = 0;
  let rest = bytes;
  while (rest !== 0 && rest % 1024 === 0 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest}${units[unit]}`;
}

/** Bytes as a short text that means exactly them: `4G`, `1536M`, `1.8G`, `1000`. */
export function formatSize(bytes: number): string {
  if (bytes <= 0 || bytes % 1024 === 0) return formatWholeSize(bytes);
  const texts = ["T", "G", "M", "K"].map(
    (letter) => `${(bytes / 1024 ** LETTERS.indexOf(letter)).toFixed(1)}${letter}`,
  );
  return texts.find((text) => parseSize(text) === bytes) ?? String(bytes);
}
