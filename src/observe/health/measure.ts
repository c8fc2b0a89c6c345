import type { HealthMetric } from "../../model/health-checks.ts";
import type { Json } from "../../model/live.ts";
import type { Settings } from "../../model/settings-schema.ts";
import type { LookedAt } from "./host.ts";

/** One number read from the host, and its subject: a folder, a list of names. */
export interface Measurement {
  readonly metric: HealthMetric;
  readonly value: number;
  readonly subject: string;
  /** Text for people, if the number alone would say too little. */
  readonly words?: string | undefined;
  /** Replaces the table's limit for a subject that has its own limit in the settings. */
  readonly limit?: number | undefined;
}

/** What a measure found. */
export interface MeasureResult {
  readonly values: readonly Measurement[];
  /** Only for the metrics of the report. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** What the measure could not look at, and why. */
  readonly unseen?: readonly string[];
}

/** What the measures look at. quadgate asks only once for what several of them need. */
export interface Look {
  readonly host: LookedAt;
  readonly settings: Settings["health"];
  /** `podman inspect` of all containers. */
  readonly containers: () => Promise<readonly Json[]>;
}

/** Measures one aspect of the host, and throws if it cannot. */
export interface Measure {
  /** For people: names what quadgate could not look at. */
  readonly name: string;
  /** If none of the core measures can run, there is no report. */
  readonly core?: true;
  readonly read: (look: Look) => Promise<MeasureResult>;
}

export const NOTHING: MeasureResult = { values: [] };

/** The number of named things; zero means all is well. */
export function counted(metric: HealthMetric, names: readonly string[]): Measurement {
  return { metric, value: names.length, subject: [...names].sort().join(", ") };
}

/** The fraction of a whole in percent, rounded. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.round((part / whole) * 100);
}
