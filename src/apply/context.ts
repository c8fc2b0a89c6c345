import type { Emit } from "../model/event.ts";
import type { Host } from "../model/host.ts";
import type { Folder } from "../model/host-requirements.ts";
import type { HooksSpec } from "../model/instance.ts";
import type { InventoryLog } from "../model/inventory.ts";
import type { LiveState } from "../model/live.ts";
import type { Change, Outcome, Plan } from "../model/plan.ts";
import type { Unit } from "../model/unit.ts";
import type { Turns } from "./turns.ts";

export interface ApplyInput {
  readonly host: Host;
  readonly plan: Plan;
  readonly units: readonly Unit[];
  /** Service to the services it waits for. */
  readonly waitsFor: ReadonlyMap<string, ReadonlySet<string>>;
  /** Service to podman's name of its container, if quadgate may run its health check while it starts. */
  readonly earlyChecks: ReadonlyMap<string, string>;
  readonly live: LiveState;
  /** By instance. */
  readonly hooks: ReadonlyMap<string, HooksSpec>;
  /** Folders that containers mount, parents first. */
  readonly folders: readonly Folder[];
  /** Whether a template's instance is a job, which is not restarted with the template; absent: none is. */
  readonly isJob?: (service: string) => boolean;
  readonly inventoryLog: InventoryLog;
  readonly emit: Emit;
  /** Takes when systemd is asked to start a service, in milliseconds of the monotonic clock. */
  readonly onStart: (service: string, atMs: number) => void;
  /** `verify.timeout`: how long one service may take to come up if its own limits do not give it longer. */
  readonly startTimeoutMs: number;
  /** How long a service that is starting may take by its own limits; 0 if it is not starting. */
  readonly longestStartMs: (service: string) => Promise<number>;
  /**
   * Aborts when the process is asked to end. quadgate then begins nothing new, and starts what this sync has
   * taken down.
   */
  readonly signal?: AbortSignal | undefined;
  /** Absent: no other sync has a turn before the apply has ended. */
  readonly turns?: Turns | undefined;
}

export function work(plan: Plan): readonly Change[] {
  return plan.changes.filter((change) => change.action !== "none");
}

const DONE = {
  create: "created",
  update: "updated",
  restart: "restarted",
  delete: "deleted",
  none: "unchanged",
} as const;

/** The outcome of a change that succeeded. */
export function success(change: Change, durationMs: number): Outcome {
  const { instance, unit, action, reasons } = change;
  const outcome = { instance, unit, outcome: DONE[action], durationMs };
  const stays = reasons.find(({ code }) => code === "network-found");
  return stays === undefined ? outcome : { ...outcome, message: stays.message };
}

export function failure(change: Change, durationMs: number, message: string): Outcome {
  return { instance: change.instance, unit: change.unit, outcome: "failed", durationMs, message };
}

export function skipped(change: Change, message: string): Outcome {
  return { instance: change.instance, unit: change.unit, outcome: "skipped", durationMs: 0, message };
}
