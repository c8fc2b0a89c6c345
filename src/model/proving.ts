import type { InstancePolicy } from "./instance.ts";
import type { Settings } from "./settings-schema.ts";

/** How an instance's text in force proves itself. */
export interface Proving {
  /** Milliseconds after a good start until the text has settled. */
  readonly stableMs: number;
  /** Milliseconds from then until it is good. */
  readonly probationMs: number;
  /** Whether a program that ends with success has not failed. */
  readonly ends: boolean;
}

/** The longer probation of the settings' and the instance's counts: nobody who pushes can shorten it. */
export function provingOf(
  own: InstancePolicy | undefined,
  { stable, probation }: Settings["verify"],
): Proving {
  return {
    stableMs: stable,
    probationMs: Math.max(probation, own?.probation ?? 0),
    ends: own?.ends ?? false,
  };
}
