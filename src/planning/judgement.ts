import type { HealthLook, HealthResult } from "../model/health.ts";
import type { Verdict } from "../model/plan.ts";

/** What the gate says about a plan, and what it judged by. */
export interface Judgement {
  readonly verdict: Verdict;
  /** null: there is nothing to apply, so quadgate did not ask. */
  readonly health: HealthResult | null;
  /** Set if there was more than one. */
  readonly looks?: readonly HealthLook[];
  /** ISO 8601: when this was said. */
  readonly judgedAt: string;
  /**
   * Whether time has passed since the plan was made, because quadgate waited for the host or for a person.
   */
  readonly waited: boolean;
  /** Digest of the plan, if a person was asked and let it through. */
  readonly agreed?: string | undefined;
}
