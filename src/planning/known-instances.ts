import { QuadgateError } from "../model/errors.ts";

/**
 * Throws `bad-usage` if no instance has one of these names, so that a typing mistake does not pass for
 * success.
 */
export function requireKnown(only: ReadonlySet<string> | undefined, known: Iterable<string>): void {
  if (only === undefined) return;
  const names = new Set(known);
  const unknown = [...only].filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new QuadgateError("bad-usage", `no instance is called ${unknown.join(", ")}`, {
    hint:
      names.size > 0 ? `there are: ${[...names].sort().join(", ")}` : "there are no instances on this host",
  });
}
