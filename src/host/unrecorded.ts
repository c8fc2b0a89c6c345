import type { Happening, Moment } from "../model/evidence.ts";
import type { ServiceState } from "../model/live.ts";

/** systemd notes a start just before it tells the journal. Both times are rounded. */
const TOLERANCE_MS = 50;

/**
 * The starts of services since a moment that systemd knows of and the journal does not, as happenings.
 * journald drops messages of a user who writes very many, and `LogLevelMax=` of a unit hides those about it.
 */
export function unrecorded(
  states: Iterable<ServiceState>,
  happenings: readonly Happening[],
  since: Moment,
  present: string,
): readonly Happening[] {
  const last = new Map<string, number>();
  for (const { service, at } of happenings) if (at.boot === present) last.set(service, at.ms);
  return [...states].flatMap(({ name, subState, startedAtMs }): readonly Happening[] => {
    // While a service waits for its automatic restart, systemd calls the wait a start, and says nothing.
    if (startedAtMs === null || subState.startsWith("auto-restart")) return [];
    if (since.boot === present && startedAtMs < since.ms) return [];
    if ((last.get(name) ?? Number.NEGATIVE_INFINITY) >= startedAtMs - TOLERANCE_MS) return [];
    const at = { boot: present, ms: startedAtMs };
    return [{ service: name, kind: "unrecorded", at, wallMs: wallMsOf(startedAtMs), invocation: "" }];
  });
}

/** The time of day, in milliseconds since 1970, of a time of CLOCK_MONOTONIC, by the present time of day. */
export function wallMsOf(ms: number): number {
  return Math.round(Date.now() - (Number(process.hrtime.bigint()) / 1e6 - ms));
}

/** Happenings in their order, with more of the present boot among them. */
export function merged(
  happenings: readonly Happening[],
  more: readonly Happening[],
  present: string,
): readonly Happening[] {
  if (more.length === 0) return happenings;
  const first = happenings.findIndex(({ at }) => at.boot === present);
  const before = first < 0 ? happenings : happenings.slice(0, first);
  const own = first < 0 ? [] : happenings.slice(first);
  return [...before, ...[...own, ...more].sort((a, b) => a.at.ms - b.at.ms)];
}
