import { maskOutput } from "../lib/mask-secrets.ts";

/** podman writes its events, ids and warnings to the service's journal; they repeat what the unit says. */
const PODMAN = /^$|^[0-9a-f]{64}$|^conmon [0-9a-f]+ <| m=\+\d+\.\d+ (container|image|network|volume|pod) /;

/** The lines of a service's journal that say something to a person, masked. */
export function shownLines(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !PODMAN.test(line)).map(maskOutput);
}

/**
 * The lines since the stop that somebody asked for last: what is before is about another text. Older versions
 * of systemd log a stop before each of their own restarts, which is none.
 */
export function sinceLastStop(lines: readonly string[]): readonly string[] {
  const stop = lines.findLastIndex(
    (line, at) => line.startsWith("Stopped ") && !/: Scheduled restart job/.test(lines[at - 1] ?? ""),
  );
  return stop === lines.length - 1 ? lines : lines.slice(stop + 1);
}
