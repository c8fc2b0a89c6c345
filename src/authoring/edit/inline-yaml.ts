import { stringify } from "yaml";

const SHORT = 200;

/**
 * Writes a value as YAML on one line: `[a, b]`, `{ TZ: Europe/Oslo }`, `"two\nlines"`. `within` says that it
 * is between brackets or braces.
 */
export function inline(value: unknown, within = false): string {
  if (Array.isArray(value)) return `[${value.map((entry) => inline(entry, true)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, entry]) => `${text(key, true)}: ${inline(entry, true)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return typeof value === "string" ? text(value, within) : String(value);
}

/** Writes text without quotes if that means the same and is readable, else with the quotes of JSON. */
function text(value: string, within: boolean): string {
  const odd =
    value.length > SHORT ||
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00a0\ufeff]/u.test(value) ||
    (within && /[,[\]{}]/.test(value));
  if (!odd) return stringify(value, { lineWidth: 0 }).replace(/\n$/, "");
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Writes a key as it must be before a colon. */
export function keyText(key: string | number): string {
  return text(String(key), true);
}
