import type { Band } from "../model/health.ts";
import { type SyncRecord, spanMs } from "../model/record.ts";

/** Two bands are compared only if each has at least this many applied syncs. */
const ENOUGH = 20;

/** How the syncs went whose score was in one band. */
export interface BandFigures {
  /** null: without a score, for example forced without a report. */
  readonly band: Band | null;
  /** Syncs that changed something on the host, without those that quadgate was asked to end. */
  readonly applied: number;
  /** Of these, those that did not become healthy and were not put back in full. */
  readonly failed: number;
  /** Of these, those that did not become healthy and were put back. */
  readonly rolledBack: number;
  /** Syncs, or series of equal ones, that the gate did not let through. */
  readonly held: number;
  readonly blocked: number;
  /** The fraction of the applied syncs that went wrong, 0 to 1; null: there are none. */
  readonly failureRate: number | null;
  /** The 95 % confidence interval of the true rate, by Wilson's score interval; null: there are none. */
  readonly interval: readonly [number, number] | null;
  /** Milliseconds that the applied syncs took from the verdict on, because the wait before it is not work. */
  readonly duration: { readonly median: number; readonly p90: number } | null;
}

export type Conclusion =
  /** No two bands have enough syncs to be compared. */
  | { readonly kind: "too-few"; readonly needed: number }
  /** There are enough, and chance alone can explain the difference. */
  | { readonly kind: "no-difference" }
  | { readonly kind: "difference"; readonly worse: Band; readonly better: Band };

export interface Correlation {
  readonly bands: readonly BandFigures[];
  readonly conclusion: Conclusion;
}

const BANDS = ["proceed", "confirm", "block"] as const satisfies readonly Band[];

/** Relates failures, automatic returns and durations to the band of the score that syncs were judged by. */
export function correlate(records: readonly SyncRecord[]): Correlation {
  const scored = BANDS.map((band) => figuresOf(band, records));
  const unscored = figuresOf(null, records);
  const bands = isEmpty(unscored) ? scored : [...scored, unscored];
  return { bands, conclusion: conclude(scored) };
}

function figuresOf(band: Band | null, records: readonly SyncRecord[]): BandFigures {
  const own = records.filter((record) => record.band === band);
  const applied = own.filter(hasActed);
  const number = (result: SyncRecord["result"]) => applied.filter((one) => one.result === result).length;
  const [failed, rolledBack] = [number("failed"), number("rolled-back")];
  const wrong = failed + rolledBack;
  return {
    band,
    applied: applied.length,
    failed,
    rolledBack,
    held: own.filter(({ result }) => result === "held").length,
    blocked: own.filter(({ result }) => result === "blocked").length,
    failureRate: applied.length === 0 ? null : wrong / applied.length,
    interval: applied.length === 0 ? null : wilson(wrong, applied.length),
    duration: durationsOf(applied),
  };
}

/**
 * Whether a sync changed anything and ran to its end. One that only found what had failed before has the
 * result of a failure but did nothing. An interrupted one proves nothing.
 */
function hasActed({ outcomes, interrupted }: SyncRecord): boolean {
  return outcomes.length > 0 && interrupted === undefined;
}

function isEmpty({ applied, held, blocked }: BandFigures): boolean {
  return applied + held + blocked === 0;
}

function durationsOf(applied: readonly SyncRecord[]): BandFigures["duration"] {
  const sorted = applied
    .map(({ startedAt, judgedAt = startedAt, finishedAt }) => spanMs(judgedAt, finishedAt))
    .sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const p90 = quantile(sorted, 0.9);
  return median === undefined || p90 === undefined ? null : { median, p90 };
}

/** The smallest value that at least this part of the sorted values does not exceed. */
function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}

const Z_95 = 1.96;

/**
 * Wilson's score interval of a proportion. It is sound for few cases and for rates of 0 or 1, unlike the
 * normal approximation.
 */
export function wilson(hits: number, cases: number): readonly [number, number] {
  const rate = hits / cases;
  const z2 = Z_95 ** 2 / cases;
  const centre = (rate + z2 / 2) / (1 + z2);
  const half = (Z_95 / (1 + z2)) * Math.sqrt((rate * (1 - rate)) / cases + z2 / (4 * cases));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * Two rates differ if their intervals do not overlap. This test is careful: it is more likely to miss a
 * difference than to invent one.
 */
function conclude(scored: readonly BandFigures[]): Conclusion {
  const known = scored.flatMap(({ band, applied, interval }) =>
    band === null || interval === null || applied < ENOUGH ? [] : [{ band, interval }],
  );
  if (known.length < 2) return { kind: "too-few", needed: ENOUGH };
  const pairs = known.flatMap((worse) => known.map((better) => ({ worse, better })));
  const gap = ({ worse, better }: (typeof pairs)[number]) => worse.interval[0] - better.interval[1];
  const [widest] = pairs.filter((pair) => gap(pair) > 0).sort((a, b) => gap(b) - gap(a));
  if (widest === undefined) return { kind: "no-difference" };
  return { kind: "difference", worse: widest.worse.band, better: widest.better.band };
}
