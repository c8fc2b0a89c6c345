import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTextLog } from "../../../src/daemon/listeners/text-log.ts";
import { startLookingAfter } from "../../../src/daemon/look-after-timer.ts";
import type { LookAfter, TextNews } from "../../../src/sync/look-after.ts";
import { recordingLog } from "./support.ts";

describe("the timer that looks after texts", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const timer = (look: LookAfter, onNews: (news: readonly TextNews[]) => void = () => undefined) => {
    const { log, lines } = recordingLog();
    return { running: startLookingAfter({ look, onNews, log }), lines };
  };

  test("looks every ten seconds, and one look at a time", async () => {
    let looks = 0;
    let end = (_news: readonly TextNews[]): void => undefined;
    const { running } = timer(() => {
      looks += 1;
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(looks).toBe(0);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(looks).toBe(1);
    end([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks).toBe(2);
    end([]);
    await running.stop();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(looks).toBe(2);
  });

  test("tells the look under way to end, and waits for it", async () => {
    const order: string[] = [];
    const { running } = timer(
      (signal) =>
        new Promise((resolve) => {
          signal?.addEventListener("abort", () => {
            order.push("asked to end");
            setTimeout(() => resolve([]), 1_000);
          });
        }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    const stopped = running.stop().then(() => order.push("stopped"));
    await vi.advanceTimersByTimeAsync(999);
    expect(order).toEqual(["asked to end"]);
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(order).toEqual(["asked to end", "stopped"]);
  });

  test("goes on after an error, and warns of the same error once", async () => {
    const { running, lines } = timer(async () => {
      throw new Error("systemd is away");
    });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(lines.map(({ level }) => level)).toEqual(["warn", "debug", "debug"]);
    expect(lines[0]?.fields.error).toContain("systemd is away");
    await running.stop();
  });
});

describe("the log of texts", () => {
  test("has a line for everything that became of one, and one for the same obstacle", () => {
    const { log, lines } = recordingLog();
    const logNews = createTextLog(log);
    const news = (kind: TextNews["kind"], message?: string): TextNews => ({
      instance: "web",
      kind,
      revision: "abc",
      ...(message === undefined ? {} : { message }),
    });
    logNews([news("settled"), news("good"), news("ended", "web.service: it ended"), news("stuck", "why")]);
    logNews([news("stuck", "why")]);
    logNews([news("put-back"), news("stuck", "why")]);
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info text settled",
      "info text proved good",
      "warn text ended",
      "error cannot put text back",
      "debug cannot put text back",
      "error text put back",
      "error cannot put text back",
    ]);
    expect(lines[2]?.fields).toEqual({ instance: "web", revision: "abc", message: "web.service: it ended" });
  });
});
