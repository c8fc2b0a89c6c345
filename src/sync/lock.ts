import type { Context } from "../planning/context.ts";

export interface LockOptions {
  /** How long to wait for another sync to end. */
  readonly lockWaitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Does work while no other sync runs on this host. Throws `locked` if another sync does not end in time. */
export async function whileLocked<T>(
  { host }: Pick<Context, "host">,
  { lockWaitMs: waitMs, signal }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await host.lock.acquire(`${host.facts.stateDir}/lock`, { waitMs, signal });
  try {
    return await work();
  } finally {
    await release();
  }
}
