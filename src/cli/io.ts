import type { Files, Host, HostFacts } from "../model/host.ts";
import type { Settings } from "../model/settings-schema.ts";

/** What commands use of the process. main.ts passes the real things; tests pass others. */
export interface Io {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  /** The folder that holds patterns/, templates/ and systemd/. */
  readonly packageFolder: string;
  readonly version: string;
  /** The words that start this program: node and its script. */
  readonly program: readonly string[];
  readonly files: Files;
  readonly facts: (
    settings: Pick<Settings, "host" | "unitDir" | "systemdDir" | "stateDir">,
    system: boolean,
  ) => HostFacts;
  readonly host: (facts: HostFacts) => Host;
  /**
   * From the first call on, the first SIGINT or SIGTERM aborts the signal instead of ending the process, so
   * that a step that has begun can finish. The second one ends the process.
   */
  readonly stopSignal: () => AbortSignal;
}
