import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createQueue, type QueueOptions } from "../../../src/daemon/queue.ts";
import { QuadgateError } from "../../../src/model/errors.ts";

const BACKOFF = { firstMs: 10, maxMs: 80 };
const PASSING = () => new QuadgateError("source-unreachable", "no route to host");
const FINAL = () => new QuadgateError("bad-input", "not valid");

/** A queue whose runs end and whose clock moves only when the test says so. */
function harness(options: Partial<QueueOptions> = {}) {
  const started: string[] = [];
  const signals: AbortSignal[] = [];
  const delays: (number | undefined)[] = [];
  let timer: (() => void) | undefined;
  const waits: number[] = [];
  const releases: (() => void)[] = [];
  let end: ((error?: unknown, again?: number) => void) | undefined;
  let active = 0;
  let mostActive = 0;
  const queue = createQueue({
    backoff: BACKOFF,
    run: (name, signal, release) => {
      started.push(name);
      signals.push(signal);
      releases.push(release);
      active += 1;
      mostActive = Math.max(mostActive, active);
      return new Promise<number | undefined>((resolve, reject) => {
        end = (error, again) => {
          active -= 1;
          end = undefined;
          if (error === undefined) resolve(again);
          else reject(error);
        };
      });
    },
    onError: (_error, retryInMs) => delays.push(retryInMs),
    schedule: (ms, callback) => {
      waits.push(ms);
      timer = callback;
      return () => {
        timer = undefined;
      };
    },
    ...options,
  });
  const flush = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    queue,
    started,
    signals,
    delays,
    waits,
    flush,
    release: async () => {
      releases.at(-1)?.();
      await flush();
    },
    endLater: () => end,
    mostActive: () => mostActive,
    isRunning: () => end !== undefined,
    hasTimer: () => timer !== undefined,
    finish: async (error?: unknown, again?: number) => {
      end?.(error, again);
      await flush();
    },
    fireTimer: async () => {
      const callback = timer;
      timer = undefined;
      callback?.();
      await flush();
    },
  };
}

describe("the daemon's queue", () => {
  test("starts a run at once on a trigger", () => {
    const { queue, started } = harness();
    queue.trigger("poll");
    expect(started).toEqual(["poll"]);
  });

  test("begins the next run beside one that only waits, and waits for both when it stops", async () => {
    const { queue, started, release, finish, endLater } = harness();
    queue.trigger("push");
    const endFirst = endLater();
    await release();
    queue.trigger("poll");
    expect(started).toEqual(["push", "poll"]);
    let stopped = false;
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    await finish();
    expect(stopped).toBe(false);
    endFirst?.();
    await stopping;
    expect(started).toEqual(["push", "poll"]);
  });

  test("holds a trigger back until the run releases", async () => {
    const { queue, started, release } = harness();
    queue.trigger("push");
    queue.trigger("poll");
    expect(started).toEqual(["push"]);
    await release();
    expect(started).toEqual(["push", "poll"]);
  });

  test("runs again after the time that a run says, unless something asks for it before", async () => {
    const { queue, started, waits, finish, fireTimer, hasTimer } = harness();
    queue.trigger("push");
    await finish(undefined, 60_000);
    expect(waits).toEqual([60_000]);
    await fireTimer();
    expect(started).toEqual(["push", "retry"]);
    await finish(undefined, 120_000);
    queue.trigger("poll");
    expect(hasTimer()).toBe(false);
  });

  test("turns triggers during a run into one more run, named in order of arrival", async () => {
    const { queue, started, finish } = harness();
    queue.trigger("start");
    for (const name of ["push", "poll", "push", "webhook"]) queue.trigger(name);
    await finish();
    await finish();
    expect(started).toEqual(["start", "push+poll+webhook"]);
  });

  test("retries a passing failure after a delay that doubles up to the cap", async () => {
    const { queue, started, delays, finish, fireTimer } = harness();
    queue.trigger("poll");
    for (let round = 0; round < 5; round += 1) {
      await finish(PASSING());
      await fireTimer();
    }
    expect(delays).toEqual([10, 20, 40, 80, 80]);
    expect(started).toEqual(["poll", "retry", "retry", "retry", "retry", "retry"]);
  });

  test("resets the delay after a success", async () => {
    const { queue, delays, finish, fireTimer } = harness();
    queue.trigger("poll");
    await finish(PASSING());
    await fireTimer();
    await finish(PASSING());
    await fireTimer();
    await finish();
    queue.trigger("poll");
    await finish(PASSING());
    expect(delays).toEqual([10, 20, 10]);
  });

  test("does not retry bad input until a new trigger", async () => {
    const { queue, started, delays, hasTimer, finish } = harness();
    queue.trigger("poll");
    await finish(FINAL());
    expect(delays).toEqual([undefined]);
    expect(hasTimer()).toBe(false);
    queue.trigger("push");
    expect(started).toEqual(["poll", "push"]);
  });

  test("reports a defect, which ends neither the queue nor later runs", async () => {
    const { queue, started, delays, finish } = harness();
    queue.trigger("poll");
    await finish(new TypeError("x is not a function"));
    queue.trigger("poll");
    expect(delays).toEqual([undefined]);
    expect(started).toEqual(["poll", "poll"]);
  });

  test("treats a run that throws instead of rejecting like any other error", async () => {
    const errors: unknown[] = [];
    const { queue, flush } = harness({
      run: () => {
        throw FINAL();
      },
      onError: (error) => errors.push(error),
    });
    queue.trigger("poll");
    await flush();
    queue.trigger("poll");
    await flush();
    expect(errors).toHaveLength(2);
  });

  test("runs at once on a new trigger during the delay, which replaces the retry", async () => {
    const { queue, started, hasTimer, finish } = harness();
    queue.trigger("poll");
    await finish(PASSING());
    queue.trigger("push");
    expect(started).toEqual(["poll", "push"]);
    expect(hasTimer()).toBe(false);
  });

  test("aborts the running sync's signal when it stops, and waits for its end", async () => {
    const { queue, signals, finish } = harness();
    queue.trigger("poll");
    expect(signals[0]?.aborted).toBe(false);
    let stopped = false;
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    await Promise.resolve();
    expect(signals[0]?.aborted).toBe(true);
    expect(stopped).toBe(false);
    await finish();
    await stopping;
  });

  test("begins nothing after its stop: no waiting run, no retry, no new trigger", async () => {
    const { queue, started, delays, hasTimer, finish } = harness();
    queue.trigger("poll");
    queue.trigger("push");
    const stopping = queue.stop();
    await finish(PASSING());
    await stopping;
    queue.trigger("webhook");
    expect(started).toEqual(["poll"]);
    expect(delays).toEqual([undefined]);
    expect(hasTimer()).toBe(false);
  });

  test("cancels a pending retry when it stops", async () => {
    const { queue, hasTimer, finish } = harness();
    queue.trigger("poll");
    await finish(PASSING());
    expect(hasTimer()).toBe(true);
    await queue.stop();
    expect(hasTimer()).toBe(false);
  });

  test("does not keep the process alive with the timer of a retry", async () => {
    const queue = createQueue({
      run: async () => {
        throw PASSING();
      },
      onError: () => undefined,
    });
    const timersBefore = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    queue.trigger("poll");
    await new Promise<void>((resolve) => setImmediate(resolve));
    const timersAfter = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    await queue.stop();
    // getActiveResourcesInfo() lists only timers that hold the event loop
    expect(timersAfter).toBeLessThanOrEqual(timersBefore);
  });
});

type Command =
  | { readonly do: "trigger"; readonly name: string }
  | { readonly do: "finish"; readonly how: "ok" | "passing" | "final" }
  | { readonly do: "timer" }
  | { readonly do: "stop" };

const ERRORS = { ok: () => undefined, passing: PASSING, final: FINAL };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("trigger"), name: fc.constantFrom("a", "b", "c") }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("finish"), how: fc.constantFrom("ok", "passing", "final") }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("timer") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop") }) },
);

/** Plays commands against a queue and keeps the book: which triggers still wait for a run of theirs. */
class InventoryLog {
  readonly it = harness();
  readonly owed = new Set<string>();
  stopping: Promise<void> | undefined;
  startedBeforeStop = 0;
  #seen = 0;

  async play(step: Command): Promise<void> {
    if (step.do === "trigger") this.#trigger(step.name);
    else if (step.do === "finish") await this.it.finish(ERRORS[step.how]());
    else if (step.do === "timer") await this.it.fireTimer();
    else this.#stop();
    this.flush();
  }

  flush(): void {
    for (const name of this.it.started.slice(this.#seen).flatMap((names) => names.split("+"))) {
      this.owed.delete(name);
    }
    this.#seen = this.it.started.length;
  }

  #trigger(name: string): void {
    if (this.stopping === undefined) this.owed.add(name);
    this.it.queue.trigger(name);
  }

  #stop(): void {
    if (this.stopping !== undefined) return;
    this.startedBeforeStop = this.it.started.length;
    this.stopping = this.it.queue.stop();
  }
}

function expectInvariants({ it, owed, stopping }: InventoryLog): void {
  expect(it.mostActive()).toBeLessThanOrEqual(1);
  // a trigger waits only behind a running sync, never in an idle queue
  if (stopping === undefined && owed.size > 0) expect(it.isRunning()).toBe(true);
  // a retry is pending only while nothing runs
  if (it.isRunning()) expect(it.hasTimer()).toBe(false);
}

async function expectGoodEnd(inventoryLog: InventoryLog): Promise<void> {
  const { it } = inventoryLog;
  while (it.isRunning()) await it.finish();
  inventoryLog.flush();
  if (inventoryLog.stopping === undefined) {
    expect([...inventoryLog.owed]).toEqual([]);
    return;
  }
  await inventoryLog.stopping;
  expect(it.started).toHaveLength(inventoryLog.startedBeforeStop);
  expect(it.hasTimer()).toBe(false);
}

describe("the daemon's queue, whatever happens in whatever order", () => {
  test("never overlaps runs, loses no trigger, and begins nothing after its stop", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const inventoryLog = new InventoryLog();
        for (const step of commands) {
          await inventoryLog.play(step);
          expectInvariants(inventoryLog);
        }
        await expectGoodEnd(inventoryLog);
        for (const delay of inventoryLog.it.delays) expect([undefined, 10, 20, 40, 80]).toContain(delay);
      }),
      { numRuns: 300 },
    );
  });

  test("turns a burst of triggers into one more run, however large it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 }), async (burst) => {
        const it = harness();
        it.queue.trigger("first");
        for (const name of burst) it.queue.trigger(name);
        while (it.isRunning()) await it.finish();
        expect(it.started).toEqual(["first", [...new Set(burst)].join("+")]);
      }),
    );
  });
});
