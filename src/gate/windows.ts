import { Cron } from "croner";
import type { Window, Windows } from "../model/settings-schema.ts";
import type { WindowClosure } from "./input.ts";

/** The windows of the settings or of one instance. */
export interface WindowGroup {
  /** The instance; null: the settings. */
  readonly by: string | null;
  readonly windows: Windows;
}

interface Span {
  readonly by: string | null;
  readonly window: Window;
  readonly cron: Cron;
}

/** How often the search follows windows that close as soon as others open. */
const MAX_STEPS = 200;
const SECOND_MS = 1_000;

/**
 * The windows that forbid changes at a time (milliseconds): an open freeze window, or closed allow windows.
 * Every group with allow windows must have one of them open. null: changes are allowed. Pure: `timezone`
 * applies to windows that do not name their own.
 */
export function closedAt(
  groups: readonly WindowGroup[],
  now: number,
  timezone: string,
): WindowClosure | null {
  const freeze = groups.flatMap(({ by, windows }) => spansOf(by, windows.freeze ?? [], timezone));
  const allow = groups
    .map(({ by, windows }) => spansOf(by, windows.allow ?? [], timezone))
    .filter((spans) => spans.length > 0);
  const frozen = freeze.find((span) => endOf(span, now) !== null);
  const outside = allow.find((spans) => spans.every((span) => endOf(span, now) === null));
  const cause = frozen ?? outside?.[0];
  if (cause === undefined) return null;
  return {
    kind: frozen === undefined ? "outside" : "frozen",
    by: cause.by,
    windows: (frozen === undefined ? (outside ?? []) : [frozen]).map(({ window }) => window),
    opensAt: nextOpening(freeze, allow, now),
  };
}

function spansOf(by: string | null, windows: readonly Window[], timezone: string): readonly Span[] {
  return windows.map((window) => ({
    by,
    window,
    cron: new Cron(window.cron, { mode: "5-part", timezone: window.timezone ?? timezone }),
  }));
}

/** When the window closes if it is open at a time, else null. The end itself is outside. */
function endOf({ window, cron }: Span, at: number): number | null {
  // previousRuns() leaves out a run at the given second, except at midnight.
  const began = cron.previousRuns(2, new Date(at + SECOND_MS)).find((run) => run.getTime() <= at);
  if (began === undefined) return null;
  const end = began.getTime() + window.for;
  return end > at ? end : null;
}

/** The first time from now on at which nothing is frozen and every group allows changes; null: never. */
function nextOpening(
  freeze: readonly Span[],
  allow: readonly (readonly Span[])[],
  now: number,
): string | null {
  let at = now;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const next = laterThan(at, freeze, allow);
    if (next === at) return new Date(at).toISOString();
    if (next === null) return null;
    at = next;
  }
  return null;
}

/**
 * Returns `at` if changes are allowed then, else a later time before which they are not; null: never again.
 */
function laterThan(at: number, freeze: readonly Span[], allow: readonly (readonly Span[])[]): number | null {
  const ends = freeze.flatMap((span) => endOf(span, at) ?? []);
  if (ends.length > 0) return Math.max(...ends);
  const closed = allow.filter((spans) => spans.every((span) => endOf(span, at) === null));
  if (closed.length === 0) return at;
  const starts = closed.map((spans) =>
    Math.min(...spans.map(({ cron }) => cron.nextRun(new Date(at))?.getTime() ?? Number.POSITIVE_INFINITY)),
  );
  const next = Math.max(...starts);
  return Number.isFinite(next) ? next : null;
}
