const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** A time by its largest unit, rounded down: `40 s`, `12 min`, `3 h`, `5 d`; `0 s` if it is negative. */
export function roughDuration(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, one]) => milliseconds >= one) ?? ["s", 1_000];
  return `${Math.max(0, Math.floor(milliseconds / size))} ${unit}`;
}
