import parseDuration from "parse-duration";

/**
 * Milliseconds of a duration as people write it (`60s`, `10m`, `1h30m`); undefined if the text does not begin
 * with a digit or has no meaning.
 */
export function parseHumanDuration(text: string): number | undefined {
  const milliseconds = /^\s*\d/.test(text) ? parseDuration(text) : null;
  return milliseconds ?? undefined;
}
