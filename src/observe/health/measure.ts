import type { HealthMetric } from "../../model/health-checks.ts";
import type { Json } from "../../model/live.ts";
import type { Settings } from "../../model/settings-schema.ts";
import type { LookedAt } from "./host.ts";

/** One number that was read from the host, and what it is about: a folder, a list of names. */
export interface Measurement {
  readonly metric: HealthMetric;
  readonly value: number;
  readonly subject: string;
  /** For people, where the number alone would say too little. */
  readonly words?: string | undefined;
  /** Instead of the table's limit, for a subject that the settings gave one of its own. */
  readonly limit?: number | undefined;
}

/** What a measure found. */
export interface Measured {
  readonly values: readonly Measurement[];
  /** For the report's metrics alone. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** What it could not look at, and why. */
  readonly unseen?: readonly string[];
}

/** What the measures look at. What more than one of them needs is asked for once. */
export interface Look {
  readonly host: LookedAt;
  readonly settings: Settings["health"];
  /** `podman inspect` of all containers. */
  readonly containers: () => Promise<readonly Json[]>;
}

/** Looks at one side of the host; throws when it cannot. */
export interface Measure {
  /** For people: what could not be looked at. */
  readonly name: string;
  /** Where none of the core ones can run, nobody has seen the host. */
  readonly core?: true;
  readonly read: (look: Look) => Promise<Measured>;
}

export const NOTHING: Measured = { values: [] };

/** A number of things with names, which is fine when there are none. */
export function counted(metric: HealthMetric, names: readonly string[]): Measurement {
  return { metric, value: names.length, subject: [...names].sort().join(", ") };
}

/** The part of a whole in percent, rounded. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.round((part / whole) * 100);
}
