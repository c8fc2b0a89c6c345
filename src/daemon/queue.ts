import { FAILURES, QuadgateError } from "../model/errors.ts";

/** Calls back once after `ms` milliseconds. Returns a function that cancels this. */
type Schedule = (ms: number, callback: () => void) => () => void;

export interface QueueOptions {
  /**
   * Runs one sync. Stopping the queue aborts the signal; the sync then ends after its current step. A sync
   * that only waits, without the lock, calls `release`: the next one may begin beside it. Resolves with the
   * milliseconds after which another run makes sense although nothing has asked for it; undefined: never.
   */
  readonly run: (trigger: string, signal: AbortSignal, release: () => void) => Promise<number | undefined>;
  /** Takes every error of a run. `retryInMs` is undefined if only a new trigger tries again. */
  readonly onError: (error: unknown, retryInMs: number | undefined) => void;
  readonly backoff?: Backoff;
  readonly schedule?: Schedule;
}

/** The first delay, in milliseconds; it doubles with every failure in a row, up to the maximum. */
interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export interface Queue {
  /** Asks for a run. During a run, any number of triggers become one more run. */
  trigger(name: string): void;
  /** Begins no further run, aborts the signal of those under way, and resolves when they have ended. */
  stop(): Promise<void>;
}

/** The trigger name of a run that no trigger asked for: the previous one failed for a passing reason. */
const RETRY_TRIGGER = "retry";

const DEFAULT_BACKOFF: Backoff = { firstMs: 5_000, maxMs: 300_000 };

/**
 * Makes a queue that runs one sync at a time, apart from those that only wait, and loses no trigger: after
 * every trigger, a run begins. The name of a run joins its triggers with `+` in order of arrival. A failure
 * ends neither the queue nor the daemon.
 */
export function createQueue(options: QueueOptions): Queue {
  return new SyncQueue(options);
}

class SyncQueue implements Queue {
  readonly #options: QueueOptions;
  readonly #waiting = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #released = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #failures = 0;
  #cancelRetry = (): void => undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  readonly trigger = (name: string): void => {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.add(name);
    this.#running ??= this.#drain();
  };

  readonly stop = async (): Promise<void> => {
    this.#stopping.abort();
    this.#cancelRetry();
    await this.#running;
    await Promise.all(this.#released);
  };

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#stopping.signal.aborted) await this.#attempt();
    this.#running = undefined;
  }

  async #attempt(): Promise<void> {
    const name = [...this.#waiting].join("+");
    this.#waiting.clear();
    this.#cancelRetry();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const run = this.#run(name, release);
    this.#released.add(run);
    run.finally(() => this.#released.delete(run));
    await Promise.race([run, released]);
  }

  async #run(name: string, release: () => void): Promise<void> {
    try {
      const again = await this.#options.run(name, this.#stopping.signal, release);
      this.#failures = 0;
      if (again !== undefined) this.#retryIn(again);
    } catch (error) {
      this.#fail(error);
    }
  }

  #retryIn(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    const { schedule = unrefTimer } = this.#options;
    this.#cancelRetry();
    this.#cancelRetry = schedule(ms, () => this.trigger(RETRY_TRIGGER));
  }

  #fail(error: unknown): void {
    const { backoff = DEFAULT_BACKOFF, onError } = this.#options;
    const retry = isPassing(error) && !this.#stopping.signal.aborted;
    this.#failures = retry ? this.#failures + 1 : 0;
    const doubled = backoff.firstMs * 2 ** (this.#failures - 1);
    const delay = retry ? Math.min(backoff.maxMs, doubled) : undefined;
    onError(error, delay);
    if (delay !== undefined) this.#retryIn(delay);
  }
}

/** Whether trying again later may help although nothing has changed. A defect of quadgate does not pass. */
function isPassing(error: unknown): boolean {
  return error instanceof QuadgateError && FAILURES[error.reason].retry;
}

const unrefTimer: Schedule = (ms, callback) => {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
};
