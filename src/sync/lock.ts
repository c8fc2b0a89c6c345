import { QuadgateError } from "../model/errors.ts";
import type { HeldLock } from "../model/held-lock.ts";
import type { Host } from "../model/host.ts";
import type { Context } from "../planning/context.ts";

export interface LockOptions {
  /** How long to wait for another sync to end. */
  readonly lockWaitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called whenever the sync lets go of the lock, because it only waits, so that another may begin. */
  readonly onRelease?: (() => void) | undefined;
}

/** How long a sync waits for another one to which it has handed the lock over, or that it must not miss. */
export const LOCK_BACK_MS = 30 * 60_000;
/** How long to wait for somebody who only looks whether a sync is under way. */
const LOOK_MS = 2_000;

/**
 * Does work while no other sync changes anything on this host. The work gets the context with the lock, which
 * it may hand over. Throws `locked` if another sync does not let go of it in time.
 */
export async function whileLocked<C extends Pick<Context, "host">, T>(
  context: C,
  options: LockOptions,
  work: (locked: C & { readonly held: HeldLock }) => Promise<T>,
): Promise<T> {
  const { lockWaitMs: waitMs, signal } = options;
  const lock = new StateLock(context.host, options.onRelease);
  await lock.acquire(waitMs, signal);
  try {
    return await work({ ...context, held: lock });
  } finally {
    await lock.end();
  }
}

type Release = () => Promise<void>;

const NOTHING: Release = async () => undefined;

class StateLock implements HeldLock {
  readonly #host: Pick<Host, "lock" | "facts">;
  readonly #onRelease: () => void;
  #release = NOTHING;
  /** Shows others that a sync is under way. */
  #endSign = NOTHING;

  constructor(host: Pick<Host, "lock" | "facts">, onRelease: () => void = () => undefined) {
    this.#host = host;
    this.#onRelease = onRelease;
  }

  async acquire(waitMs: number, signal?: AbortSignal): Promise<void> {
    const { lock, facts } = this.#host;
    this.#release = await lock.acquire(`${facts.stateDir}/lock`, { waitMs, signal });
  }

  readonly handOver = async (): Promise<void> => {
    const release = this.#release;
    this.#endSign = await this.#host.lock.acquire(signOf(this.#host), { waitMs: LOOK_MS, shared: true });
    this.#release = NOTHING;
    await release();
    this.#onRelease();
  };

  readonly letGo = async (): Promise<void> => {
    const release = this.#release;
    this.#release = NOTHING;
    await release();
  };

  // Whoever is asked to end must still write down what it has begun.
  readonly take = async (): Promise<void> => {
    await this.acquire(LOCK_BACK_MS);
    await this.#endSign();
    this.#endSign = NOTHING;
  };

  async end(): Promise<void> {
    await this.#release();
    await this.#endSign();
  }
}

/** A file that syncs lock together while they have handed the lock over. */
function signOf({ facts }: Pick<Host, "facts">): string {
  return `${facts.stateDir}/waiting`;
}

/** Whether a sync is under way that has handed the lock over because it waits for a start. */
export async function isSyncWaiting(host: Pick<Host, "lock" | "facts">): Promise<boolean> {
  try {
    await (await host.lock.acquire(signOf(host), { waitMs: 0 }))();
    return false;
  } catch (error) {
    if (error instanceof QuadgateError && error.reason === "locked") return true;
    throw error;
  }
}
