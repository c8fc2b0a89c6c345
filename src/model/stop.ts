import { QuadgateError } from "./errors.ts";

/** Why something was left out after the process was asked to stop. */
export const ASKED_TO_END = "quadgate was asked to stop";

/**
 * Throws `interrupted` once the process was asked to stop; call it only before a sync has changed anything.
 */
export function endUnchanged(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new QuadgateError("interrupted", `${ASKED_TO_END} before it changed anything`, {
    hint: "the next sync does what this one would have done",
  });
}
