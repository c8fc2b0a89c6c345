import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/model/live.ts";
import { healthySince, startDeadlineMs } from "../../../src/verify/health.ts";

const at = (second: number) => `2026-01-01T12:00:0${second}.000Z`;
const run = (second: number, status: number) => ({
  Start: at(second),
  End: at(second + 1),
  ExitCode: status,
});
const withLog = (...log: readonly Json[]) => ({ State: { Health: { Log: log } } });

describe("since when a container is healthy", () => {
  test.each([
    ["the end of the first check, if all passed", [run(1, 0), run(3, 0)], at(2)],
    [
      "the end of the first one after the last that failed",
      [run(1, 0), run(3, 1), run(5, 0), run(7, 0)],
      at(6),
    ],
  ])("is %s", (_, log, since) => {
    expect(healthySince(withLog(...log))).toBe(Date.parse(since));
  });

  test.each([
    ["the last check failed", [run(1, 0), run(3, 1)]],
    ["podman kept none", []],
  ])("is not known if %s", (_, log) => {
    expect(healthySince(withLog(...log))).toBeUndefined();
  });
});

describe("how long a start may take", () => {
  const SECOND = 1e9;
  const container = (intervalS: number, acts: string) => ({
    Config: {
      Healthcheck: { Interval: intervalS * SECOND, Retries: 3, StartPeriod: 5 * SECOND },
      HealthcheckOnFailureAction: acts,
    },
  });
  const longest = (timeoutStartMs: number | null, ...containers: readonly Json[]) =>
    startDeadlineMs(containers, { timeoutStartMs }, 20_000) / 1_000;

  test.each([
    ["the start period and the retries", 20, "none", 65],
    ["30 s for each retry, which quadgate does not wait for", 3_600, "none", 95],
    ["the whole interval if podman alone runs the check", 60, "kill", 185],
  ])("is %s", (_, interval, acts, seconds) => {
    expect(longest(null, container(interval, acts))).toBe(seconds);
  });

  test.each([
    ["a TimeoutStartSec= that was chosen", 45_000, 45],
    ["not systemd's default", 90_000, 20],
    ["not what podman's manual recommends for a pull", 900_000, 20],
    ["verify.timeout if that is longer", 10_000, 20],
  ])("is %s", (_, timeoutStartMs, seconds) => {
    expect(longest(timeoutStartMs)).toBe(seconds);
  });
});
