import { withReplacedBytes } from "../../lib/bytes.ts";

/**
 * The variables that a file of `--env-file` sets, as podman's pkg/env reads it: one per line, without leading
 * blanks and comments. The value is taken as it is, with its quotes, and the last line of a name wins.
 * Podman replaces each byte that is not UTF-8 when it makes the container.
 * Podman takes a name without a value from its own environment. That is not known here, so it is left out.
 */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const raw of withReplacedBytes(text).split("\n")) {
    const line = raw.replace(/\r$/, "").replace(/^[ \t]+/, "");
    const equals = line.indexOf("=");
    if (line.startsWith("#") || equals < 1) continue;
    variables.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return variables;
}
