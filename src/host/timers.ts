import type { TimerState } from "../model/host.ts";
import { at, type Json, textAt } from "../model/live.ts";

/** Arguments of `systemctl` that show what {@link parseTimers} reads. */
export const TIMER_ARGUMENTS: readonly string[] = ["list-timers", "--all", "--output=json", "--"];

/** The timers in the output of `systemctl list-timers`. */
export function parseTimers(text: string): readonly TimerState[] {
  const rows: Json = JSON.parse(text);
  if (!Array.isArray(rows)) return [];
  return rows.map((row: Json) => ({
    name: textAt(row, "unit"),
    nextMs: milliseconds(at(row, "next")),
    lastMs: milliseconds(at(row, "last")),
  }));
}

/** systemd counts microseconds, and writes "never" as 0 or as the largest number that it has. */
function milliseconds(microseconds: Json | undefined): number | null {
  const isTime = typeof microseconds === "number" && microseconds > 0 && microseconds < 2 ** 62;
  return isTime ? Math.round(microseconds / 1_000) : null;
}
