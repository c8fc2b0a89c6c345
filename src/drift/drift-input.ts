import type { LiveState } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import type { DriftFacts } from "../quadlet/facts.ts";
import type { Generated, ServiceTexts } from "../quadlet/generated.ts";
import type { BegunUnit } from "./pending.ts";

/** What drift compares: the desired units, what podman's generator makes of them, and the live state. */
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
   * What a reload would make if every desired unit were in its place: the result of podman's generator, run
   * over them and everything else that Quadlet reads on the host. Absent if it is not needed, or if the
   * generator crashed.
   */
  readonly inPlace?: Generated;
  readonly facts: DriftFacts;
  /** `ignoreDrift` of the manifests, by instance. */
  readonly ignore: ReadonlyMap<string, readonly string[]>;
  /** Units by name that a sync has begun to change and has not finished; absent: none. */
  readonly pending?: ReadonlyMap<string, BegunUnit>;
  /** Names of all declared units, if `units` has only some of them; absent: the names of `units`. */
  readonly declared?: readonly string[];
  /** If given, containers that belong to no unit are reported for these instances only. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Leaves out what matches, because a plan needs only the differences. */
  readonly differencesOnly?: boolean;
}
