import type { Context } from "./context.ts";

/** How long a sync that only waits keeps the lock: most answers take less. */
const PATIENCE_MS = 1_000;
const AT_ONCE_MS = 10;

/**
 * Waits for something that changes nothing, such as a person's answer. If that takes more than a moment,
 * others may have the lock meanwhile: what was known of the host is then out of date (`isLong`).
 */
export async function withoutLock<T>(
  { host: { clock }, held }: Pick<Context, "host" | "held">,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly isLong: boolean }> {
  const began = clock.ticks();
  const result = work();
  const end = result.then(
    () => true,
    () => true,
  );
  const endsWithin = (ms: number) => Promise.race([end, clock.sleep(ms).then(() => false)]);
  // The longer timer would keep the process alive after an answer at once.
  if ((await endsWithin(AT_ONCE_MS)) || (await endsWithin(PATIENCE_MS)))
    return { value: await result, isLong: clock.ticks() - began > PATIENCE_MS };
  await held?.letGo();
  await end;
  await held?.take();
  return { value: await result, isLong: true };
}
