import { QuadgateError } from "./errors.ts";

/** Why something was left out after the process was asked to end. */
export const ASKED_TO_END = "quadgate was asked to stop";

/** Throws `interrupted` once the process was asked to end; for a moment at which a sync has changed nothing yet. */
export function endUnchanged(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new QuadgateError("interrupted", `${ASKED_TO_END} before it changed anything`, {
    hint: "the next sync does what this one would have done",
  });
}
