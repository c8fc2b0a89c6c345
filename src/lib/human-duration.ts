import parseDuration from "parse-duration";

/** Milliseconds of a duration as people write it (`60s`, `10m`, `1h30m`); undefined for text that begins with no digit, or means none. */
export function parseHumanDuration(text: string): number | undefined {
  const milliseconds = /^\s*\d/.test(text) ? parseDuration(text) : null;
  return milliseconds ?? undefined;
}
