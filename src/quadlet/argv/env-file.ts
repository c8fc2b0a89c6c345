/**
 * The variables that a file of `--env-file` sets, as podman's pkg/env reads it: one a line, blanks before it and
 * comments left out, the value as it stands, quotes included; the last line of a name wins. A name without a value is
 * taken from podman's own environment, which is not known: it is left out.
 */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\r$/, "").replace(/^[ \t]+/, "");
    const equals = line.indexOf("=");
    if (line.startsWith("#") || equals < 1) continue;
    variables.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return variables;
}
