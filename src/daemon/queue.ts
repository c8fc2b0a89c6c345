import { FAILURES, QuadgateError } from "../model/errors.ts";

/** Calls back once after so many milliseconds; what it returns cancels that. */
type Schedule = (ms: number, callback: () => void) => () => void;

export interface QueueOptions {
  /** One sync. The signal is aborted when the queue is stopped: the sync ends after its current step. */
  readonly run: (trigger: string, signal: AbortSignal) => Promise<void>;
  /** Told about every run that threw; `retryInMs` is undefined when only a new trigger will try again. */
  readonly onError: (error: unknown, retryInMs: number | undefined) => void;
  readonly backoff?: Backoff;
  readonly schedule?: Schedule;
}

/** Milliseconds: the first delay, doubled with every failure in a row up to the last. */
interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export interface Queue {
  /** Asks for a run. While one runs, any number of triggers become one more run. */
  trigger(name: string): void;
  /** Begins no further run, aborts the running one's signal, and resolves when that has ended. */
  stop(): Promise<void>;
}

/** The trigger name of a run that nobody asked for: the one before failed for a passing reason. */
const RETRY_TRIGGER = "retry";

const DEFAULT_BACKOFF: Backoff = { firstMs: 5_000, maxMs: 300_000 };

/**
 * One run at a time, none lost: every trigger is followed by a run that began after it. The run's trigger
 * names are joined with `+` in order of arrival. A failure ends neither the queue nor the daemon.
 */
export function createQueue(options: QueueOptions): Queue {
  const { firstMs, maxMs } = options.backoff ?? DEFAULT_BACKOFF;
  const schedule = options.schedule ?? unrefTimer;
  const waiting = new Set<string>();
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let failures = 0;
  let cancelRetry = (): void => undefined;

  const attempt = async (): Promise<void> => {
    const name = [...waiting].join("+");
    waiting.clear();
    cancelRetry();
    try {
      await options.run(name, stopping.signal);
      failures = 0;
    } catch (error) {
      fail(error);
    }
  };

  const fail = (error: unknown): void => {
    const retry = isPassing(error) && !stopping.signal.aborted;
    failures = retry ? failures + 1 : 0;
    const delay = retry ? Math.min(maxMs, firstMs * 2 ** (failures - 1)) : undefined;
    options.onError(error, delay);
    if (delay !== undefined) cancelRetry = schedule(delay, () => trigger(RETRY_TRIGGER));
  };

  const drain = async (): Promise<void> => {
    while (waiting.size > 0 && !stopping.signal.aborted) await attempt();
    running = undefined;
  };

  const trigger = (name: string): void => {
    if (stopping.signal.aborted) return;
    waiting.add(name);
    running ??= drain();
  };

  return {
    trigger,
    stop: async () => {
      stopping.abort();
      cancelRetry();
      await running;
    },
  };
}

/** Whether trying again later may help although nothing has changed; never for defects of quadgate itself. */
function isPassing(error: unknown): boolean {
  return error instanceof QuadgateError && FAILURES[error.reason].retry;
}

const unrefTimer: Schedule = (ms, callback) => {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
};
