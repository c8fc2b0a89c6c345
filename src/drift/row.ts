import type { Json, ServiceState } from "../model/live.ts";
import type { PodmanCall } from "../quadlet/argv/podman-call.ts";
import type { UnitText } from "../quadlet/argv/unit-text.ts";
import type { DriftFacts } from "../quadlet/facts.ts";
import type { Difference } from "./difference.ts";
import type { Flat } from "./flat.ts";
import type { IndexedLive } from "./indexed-live.ts";

/** The source of a declared value: a podman command and the systemd service around it. */
export interface Source {
  readonly call: PodmanCall;
  readonly service: UnitText;
}

/** What a row may look at in addition to the value itself. */
export interface RowContext {
  readonly live: IndexedLive;
  readonly facts: DriftFacts;
  /** The command that the expected value was read from. */
  readonly call: PodmanCall;
  readonly service: ServiceState | undefined;
  /** The desired command with its unknown parts left open. podman has been asked only for what this names. */
  readonly asked?: PodmanCall | undefined;
}

/**
 * One compared field. `declared` reads the value from a command, either the desired one or the one that made
 * the container. `container` and `unit` replace the parts that are observable now by their observed values,
 * and keep the other parts. A part that is not declared is left out.
 */
export interface FieldRow {
  readonly name: string;
  /** podman flags that this row covers; the made-from row skips them. */
  readonly flags: readonly string[];
  /** How bad a difference is; by default, `drift`. */
  readonly severity?: "warning";
  /** Listed even if nothing is declared. */
  readonly always?: boolean;
  /** Listed only if it differs. */
  readonly quiet?: boolean;
  /** A flag that people leave out. If the command that made the container lacks it, nothing is compared. */
  readonly optional?: boolean;
  /** Parts that belong to the service, not to the container. */
  readonly unitParts?: readonly string[];
  /** A part that is left out if other parts differ too, because it adds nothing then. */
  readonly minor?: string;
  readonly declared: (source: Source, context: RowContext) => Flat;
  readonly container?: (expected: Flat, container: Json, context: RowContext, wanted: Flat) => Flat;
  readonly unit?: (expected: Flat, service: ServiceState, context: RowContext) => Flat;
  /** The value for people; `keys` are the parts that differ, if any. */
  readonly text: (value: Flat, keys: readonly string[]) => string;
  /** A part's name as people know it. */
  readonly label?: (key: string) => string;
  /** A part's value as the differences show it; by default, unchanged but with masked URLs. */
  readonly shown?: (key: string, text: string) => string;
  /** Whether a part's value must not be shown. */
  readonly secret?: (key: string, context: RowContext) => boolean;
  /** What changed the parts after the container was made, if that is known. */
  readonly changedBy?: (changed: readonly Difference[], context: RowContext) => string | undefined;
  /** Whether the administrator's own systemd settings changed all parts. A restart does not undo that. */
  readonly isOverridden?: (changed: readonly Difference[], context: RowContext) => boolean;
  /**
   * What the container was made from and has changed since: a tag, a file, a secret. Has precedence over
   * `changedBy`.
   */
  readonly movedInput?: (changed: readonly Difference[], context: RowContext) => string | undefined;
  /** More about the difference; it is shown before the cause. */
  readonly detail?: (desired: Flat, observed: Flat) => string | undefined;
}
