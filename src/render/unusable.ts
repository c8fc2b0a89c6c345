/** A text that no unit file can hold, and its place in the manifest. */
export interface Unusable {
  readonly path: string;
  readonly what: string;
}

/** All texts of a value, map keys included, that systemd would not read; see unusableText(). */
export function unusableTexts(value: unknown, path = ""): readonly Unusable[] {
  if (typeof value === "string") {
    const what = unusableText(value);
    return what === undefined ? [] : [{ path, what }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const what = unusableText(key);
    const below = unusableTexts(entry, path === "" ? key : `${path}.${key}`);
    return what === undefined ? below : [{ path, what }, ...below];
  });
}

/** A text without anything that unusableText() looks for, as nearly all are. */
const UNUSABLE = /[\0\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * Why no unit file can hold a text, or undefined. systemd ignores a line with a noncharacter or with invalid
 * UTF-8, and ends one at a NUL.
 */
function unusableText(text: string): string | undefined {
  if (!UNUSABLE.test(text)) return undefined;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0) return "a NUL character";
    if (code >= 0xd800 && code <= 0xdfff) return "half of a surrogate pair";
    if ((code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef)) {
      return `the Unicode noncharacter U+${code.toString(16).toUpperCase()}`;
    }
  }
  return undefined;
}
