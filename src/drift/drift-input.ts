import type { Generated, LiveState } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import type { DriftFacts } from "../quadlet/facts.ts";
import type { BegunUnit } from "./pending.ts";

/** What is compared: desired units with what podman's generator makes of them, and the live state. */
export interface DriftInput {
  readonly revision: string | null;
  readonly host: string;
  /** ISO 8601. */
  readonly observedAt: string;
  readonly units: readonly Unit[];
  /** The generator's run over the desired units; paths below its folder are read as the unit directory's. */
  readonly generated: Generated;
  readonly live: LiveState;
  readonly facts: DriftFacts;
  /** `ignoreDrift` of the manifests, by instance. */
  readonly ignore: ReadonlyMap<string, readonly string[]>;
  /** By name, units that a sync has begun to change and has not finished with; absent: none. */
  readonly pending?: ReadonlyMap<string, BegunUnit>;
  /** Names of all units that somebody declared, where `units` are not all of them; absent: those. */
  readonly declared?: readonly string[];
  /** When given, containers that belong to no unit are told of these instances alone. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Leave out what matches, and what is said of it: a plan goes by what differs. */
  readonly differencesOnly?: boolean;
}
