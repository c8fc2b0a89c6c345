import type { Reason } from "./plan.ts";
import { reason } from "./reasons.ts";

/** What a sync does about differences that no commit explains. */
export interface DriftPolicy {
  /** Whether the sync puts them back, or only reports them. */
  readonly mends: boolean;
  /** What the report adds to a difference; null: nothing. */
  readonly why: Reason | null;
}

/** A person asked for the sync. */
export function asked(): DriftPolicy {
  return { mends: true, why: null };
}

/** `onDrift: report` */
export function reported(): DriftPolicy {
  return { mends: false, why: reason("drift-reported") };
}

/** `onDrift: heal` */
export function healing(): DriftPolicy {
  return { mends: true, why: reason("self-heal") };
}

/**
 * `onDrift: heal` after too many heals. `until`: ISO 8601, when the next heal is possible, null for never.
 */
export function braked(limit: number, until: string | null): DriftPolicy {
  const often = limit === 1 ? "once" : `${limit} times`;
  const message =
    until === null
      ? "quadgate only reports live drift: heal.limit is 0"
      : `quadgate put live drift back ${often} recently (heal.limit), ` +
        `so it only reports it until ${until.replace(/\.\d+/, "")}`;
  return { mends: false, why: reason("heal-braked", message) };
}
