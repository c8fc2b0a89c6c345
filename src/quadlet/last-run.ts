import { roughDuration } from "../lib/rough-duration.ts";
import type { ServiceState } from "../model/live.ts";

/** How the last run of a job ended. `at`: milliseconds since 1970. */
export interface LastRun {
  /** Whether it ended well. */
  readonly ok: boolean;
  /** systemd's word, with the exit status: `success`, `exit-code 2`, `timeout`. */
  readonly result: string;
  readonly at: number;
}

type RunState = Pick<ServiceState, "activeState" | "result" | "execStatus" | "endedWallMs">;

/** The last run that systemd remembers: it forgets them at a boot, and when it unloads a unit. */
export function lastRunOf(state: RunState | undefined): LastRun | undefined {
  if (state === undefined || state.endedWallMs === null) return undefined;
  const { result, execStatus, endedWallMs } = state;
  return {
    ok: result === "success",
    result: result === "exit-code" ? `${result} ${execStatus}` : result,
    at: endedWallMs,
  };
}

/** `last run: failed (exit-code 2), 3 h ago` */
export function describeLastRun(state: RunState | undefined, now: number): string {
  const last = lastRunOf(state);
  if (last === undefined) return "no run is known since the boot";
  const how = last.ok ? "ended well" : `failed (${last.result})`;
  return `last run: ${how}, ${roughDuration(now - last.at)} ago`;
}
