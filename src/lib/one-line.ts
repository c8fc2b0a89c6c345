import { withVisibleBytes } from "./bytes.ts";

/**
 * A text from elsewhere as part of one line. Each line break becomes a blank, so that nothing in the text can
 * look like a line of quadgate's own; bytes that are not UTF-8 show as `\xE9`.
 */
export function oneLine(text: string): string {
  return withVisibleBytes(text)
    .trim()
    .replace(/\s*[\n\v\f\r\x85\u2028\u2029]\s*/g, " ");
}
