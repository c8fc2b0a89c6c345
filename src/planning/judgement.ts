import type { HealthLook, HealthResult } from "../model/health.ts";
import type { Verdict } from "../model/plan.ts";

/** What the gate says of a plan, and what it was asked with. */
export interface Judgement {
  readonly verdict: Verdict;
  /** null: nothing is to be applied, so nobody was asked. */
  readonly health: HealthResult | null;
  /** Set where it took more than one. */
  readonly looks?: readonly HealthLook[];
  /** ISO 8601: when this was said. */
  readonly judgedAt: string;
  /** Time has passed since the plan was made: the host was given some, or a person was asked. */
  readonly waited: boolean;
  /** Digest of the plan, where a person was asked and let it through. */
  readonly agreed?: string | undefined;
}
