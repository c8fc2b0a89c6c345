import type { Files, HostFacts } from "../../model/host.ts";
import type { Settings } from "../../model/settings-schema.ts";
import type { Logger } from "../log.ts";

/** Everything that a trigger may use. It calls `trigger` to make the daemon look again. */
export interface TriggerContext {
  readonly settings: Pick<Settings, "repository" | "daemon">;
  readonly facts: Pick<HostFacts, "runtimeDir" | "home">;
  readonly files: Pick<Files, "read" | "stat" | "write" | "remove">;
  readonly log: Logger;
  /** Never throws and never waits. */
  readonly trigger: (name: string) => void;
  /** Takes the address of the HTTP server, for a `listen` setting with port 0. */
  readonly onListen?: (address: { readonly host: string; readonly port: number }) => void;
}

export interface RunningTrigger {
  /** Resolves when the trigger has ended and left nothing behind. */
  stop(): Promise<void>;
}

/**
 * Begins to watch. Throws QuadgateError if the settings are wrong, or something else has the trigger's place.
 */
export type StartTrigger = (context: TriggerContext) => Promise<RunningTrigger>;

/** A trigger that has nothing to do under these settings. */
export const IDLE_TRIGGER: RunningTrigger = { stop: async () => undefined };
