import type { Files, HostFacts } from "../../model/host.ts";
import type { Settings } from "../../model/settings-schema.ts";
import type { Logger } from "../log.ts";

/** Everything a trigger may use. It has one thing to say, through `trigger`: look again. */
export interface TriggerContext {
  readonly settings: Pick<Settings, "repository" | "daemon">;
  readonly facts: Pick<HostFacts, "runtimeDir" | "home">;
  readonly files: Pick<Files, "read" | "stat" | "write" | "remove">;
  readonly log: Logger;
  /** Never throws and never waits. */
  readonly trigger: (name: string) => void;
  /** Told the address that the HTTP server got, for a `listen` setting with port 0. */
  readonly onListen?: (address: { readonly host: string; readonly port: number }) => void;
}

export interface RunningTrigger {
  /** Resolves when nothing more can come and nothing is left behind. */
  stop(): Promise<void>;
}

/** Begins to watch. Throws QuadgateError when its settings are wrong or its place is taken. */
export type StartTrigger = (context: TriggerContext) => Promise<RunningTrigger>;

/** For a trigger that has nothing to do under these settings. */
export const IDLE_TRIGGER: RunningTrigger = { stop: async () => undefined };
