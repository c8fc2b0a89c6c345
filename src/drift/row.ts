import type { Json, ServiceState } from "../model/live.ts";
import type { PodmanCall } from "../quadlet/argv/podman-call.ts";
import type { UnitText } from "../quadlet/argv/unit-text.ts";
import type { DriftFacts } from "../quadlet/facts.ts";
import type { Difference } from "./difference.ts";
import type { Flat } from "./flat.ts";
import type { IndexedLive } from "./indexed-live.ts";

/** Where a declared value is read from: a podman command and the systemd service around it. */
export interface Source {
  readonly call: PodmanCall;
  readonly service: UnitText;
}

/** What a row may look at besides the value itself. */
export interface RowContext {
  readonly live: IndexedLive;
  readonly facts: DriftFacts;
  /** The command that the expected value was read from. */
  readonly call: PodmanCall;
  readonly service: ServiceState | undefined;
  /** The desired command with its unknown parts left open: podman has been asked for what it names, and for no more. */
  readonly asked?: PodmanCall | undefined;
}

/**
 * One compared field. `declared` reads the value from a command (the desired one and the one that made the
 * container alike); `container` and `unit` replace the parts of it that can be seen now by what is seen,
 * and leave alone what cannot be observed. Parts are left out where nothing is declared.
 */
export interface FieldRow {
  readonly name: string;
  /** podman flags that this row covers; the made-from row leaves them to it. */
  readonly flags: readonly string[];
  /** How bad a difference is; `drift` unless said otherwise. */
  readonly severity?: "warning";
  /** Listed even where nothing is declared. */
  readonly always?: boolean;
  /** Listed only where it differs. */
  readonly quiet?: boolean;
  /** A flag that people leave out: where what made the container has none, nothing is compared. */
  readonly optional?: boolean;
  /** Parts that belong to the service, not to the container. */
  readonly unitParts?: readonly string[];
  /** A part that says nothing new where other parts differ too. */
  readonly minor?: string;
  readonly declared: (source: Source, context: RowContext) => Flat;
  readonly container?: (expected: Flat, container: Json, context: RowContext, wanted: Flat) => Flat;
  readonly unit?: (expected: Flat, service: ServiceState, context: RowContext) => Flat;
  /** The value for people; `keys` are the parts that differ, none where nothing does. */
  readonly text: (value: Flat, keys: readonly string[]) => string;
  /** A part's name as people know it. */
  readonly label?: (key: string) => string;
  /** A part's value as it is shown among the differences; as it is, with URLs masked, unless said otherwise. */
  readonly shown?: (key: string, text: string) => string;
  /** Whether a part's value must not be shown. */
  readonly secret?: (key: string, context: RowContext) => boolean;
  /** What changed the parts after the container was made, where that can be told. */
  readonly changedBy?: (changed: readonly Difference[], context: RowContext) => string | undefined;
  /** Whether the administrator's own systemd settings changed all of the parts, which no restart undoes. */
  readonly isOverridden?: (changed: readonly Difference[], context: RowContext) => boolean;
  /** What the container was made from and that has moved on since: a tag, a file, a secret. Asked before `changedBy`. */
  readonly movedInput?: (changed: readonly Difference[], context: RowContext) => string | undefined;
  /** More about the difference, shown before its cause. */
  readonly detail?: (desired: Flat, observed: Flat) => string | undefined;
}
