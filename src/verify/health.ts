import { at, type Json, listAt, type ServiceState, textAt } from "../model/live.ts";

/** podman's word for a container's health; `""` if it has no check. */
export function healthOf(container: Json): string {
  return textAt(container, "State", "Health", "Status");
}

/** What the last failed check of a container printed, in one line; undefined if it printed nothing. */
export function lastCheckOutput(container: Json): string | undefined {
  const failed = listAt(container, "State", "Health", "Log").filter((one) => at(one, "ExitCode") !== 0);
  const text = textAt(failed.at(-1), "Output").trim();
  return text === "" ? undefined : text.split("\n").at(-1);
}

/**
 * When a container became unhealthy, in milliseconds since 1970: when its retries were used up. Undefined if
 * its checks do not say.
 */
export function unhealthySince(container: Json): number | undefined {
  const last = listAt(container, "State", "Health", "Log").at(-1);
  const lastMs = Date.parse(textAt(last, "Start"));
  const count = (...path: readonly string[]) => Number(at(container, ...path) ?? 0);
  const failed = count("State", "Health", "FailingStreak");
  const further = Math.max(0, failed - count("Config", "Healthcheck", "Retries"));
  const ms = lastMs - (further * count("Config", "Healthcheck", "Interval")) / 1e6;
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * Since when a container is healthy, in milliseconds since 1970: the end of the first of the checks that have
 * passed one after the other. Undefined if its checks do not say.
 */
export function healthySince(container: Json): number | undefined {
  const log = listAt(container, "State", "Health", "Log");
  const first = log[log.findLastIndex((one) => at(one, "ExitCode") !== 0) + 1];
  const ms = Date.parse(textAt(first, "End"));
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * Values of `TimeoutStartSec=` that do not say how long the program needs: systemd's default, and the 900 s
 * that podman-systemd.unit(5) recommends for the pull within the start, which quadgate has done before.
 */
const UNSAID_MS: ReadonlySet<number> = new Set([90_000, 900_000]);

/**
 * How long a start may take, in milliseconds: the largest of `verify.timeout`, the time that the health
 * checks of the containers need, and a finite TimeoutStartSec= that somebody chose for the program.
 */
export function startDeadlineMs(
  containers: readonly Json[],
  { timeoutStartMs }: Pick<ServiceState, "timeoutStartMs">,
  timeoutMs: number,
): number {
  const own = timeoutStartMs ?? 0;
  return Math.max(timeoutMs, UNSAID_MS.has(own) ? 0 : own, ...containers.map(checkMs));
}

/** podman's default. While a container starts, quadgate runs a check more often than that. */
const LONGEST_INTERVAL_MS = 30_000;

/**
 * What the health checks of a container may take. A longer interval than podman's default counts only if
 * podman alone runs the check because it acts on the result. podman's Config.Healthcheck has nanoseconds.
 */
function checkMs(container: Json): number {
  const acts = textAt(container, "Config", "HealthcheckOnFailureAction");
  const longest = acts === "" || acts === "none" ? LONGEST_INTERVAL_MS : Number.POSITIVE_INFINITY;
  const spent = (what: string) => {
    const ms = (key: string) => Number(at(container, "Config", what, key) ?? 0) / 1e6;
    const retries = Number(at(container, "Config", what, "Retries") ?? 0);
    return ms("StartPeriod") + Math.min(longest, ms("Interval")) * retries;
  };
  return spent("StartupHealthCheck") + spent("Healthcheck");
}
