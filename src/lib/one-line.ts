/**
 * A text from elsewhere as part of one line. Each line break becomes a blank, so that nothing in the text can
 * look like a line of quadgate's own.
 */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*[\n\v\f\r\x85\u2028\u2029]\s*/g, " ");
}
