import type { LiveState } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import type { DriftFacts } from "../quadlet/facts.ts";
import type { Generated, ServiceTexts } from "../quadlet/generated.ts";
import type { BegunUnit } from "./pending.ts";

/** What is compared: desired units with what podman's generator makes of them, and the live state. */
export interface DriftInput {
  readonly revision: string | null;
  readonly host: string;
  /** ISO 8601. */
  readonly observedAt: string;
  readonly units: readonly Unit[];
  /** The generator's run over the desired units. */
  readonly generated: Generated;
  readonly live: Omit<LiveState, "generated">;
  /** The services that systemd has loaded from the generator. */
  readonly loaded: ServiceTexts;
  /**
   * What a reload would make once every desired unit is in its place: podman's generator, run over those and whatever else
   * Quadlet reads on the host. Absent where nothing asks for it, and where the generator crashed over them.
   */
  readonly inPlace?: Generated;
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
