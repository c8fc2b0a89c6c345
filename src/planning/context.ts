import type { Emit, Step } from "../model/event.ts";
import type { HeldLock } from "../model/held-lock.ts";
import type { Host } from "../model/host.ts";
import type { SettingsLayer } from "../model/settings-schema.ts";
import type { State } from "../state/index.ts";

/** What a command or the daemon gives to every pass of the path. */
export interface Context {
  readonly host: Host;
  /** What quadgate remembers on the host. */
  readonly state: State;
  /** Settings in the order of their strength, weakest first; the repository's own go below all of them. */
  readonly layers: readonly SettingsLayer[];
  /** Reads the package's patterns and templates, by path below patterns/ and templates/. */
  readonly shipped: () => Promise<{
    readonly patterns: ReadonlyMap<string, string>;
    readonly templates: ReadonlyMap<string, string>;
  }>;
  readonly emit: Emit;
  /** The lock, if whoever has this context holds it and may hand it over. */
  readonly held?: HeldLock | undefined;
}

/** Runs one step, and emits when it begins and how long it took. */
export async function step<T>(context: Context, name: Step, work: () => T | Promise<T>): Promise<T> {
  const { clock } = context.host;
  const began = clock.ticks();
  context.emit({ type: "step-started", step: name });
  const result = await work();
  context.emit({ type: "step-finished", step: name, durationMs: clock.ticks() - began });
  return result;
}
