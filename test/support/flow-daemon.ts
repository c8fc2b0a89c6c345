import { setTimeout as sleep } from "node:timers/promises";
import type { Homelab } from "./flow-homelab.ts";

/** A running `quadgate daemon`. */
export interface Daemon {
  /** Everything it has logged so far, one JSON object a line. */
  readonly log: () => string;
  /** Resolves when its log has matched this often (default: once) since the last call that returned. */
  until(pattern: RegExp, times?: number): Promise<void>;
  /** Sends a signal and returns the exit code, as a shell reports it. */
  end(signal: NodeJS.Signals): Promise<number>;
}

/** Settings of a daemon that no clock makes look. */
export const NO_POLL = "daemon: { poll: '0 0 1 1 *', webhookSecretFile: ~/secret }\n";

/** Starts the daemon and waits until its triggers are in place and its first sync is over. */
export async function startDaemon({ lab }: Homelab): Promise<Daemon> {
  const child = lab.spawn(["quadgate", "daemon", "--verbose"]);
  let log = "";
  let seen = 0;
  child.all?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const until = async (pattern: RegExp, times = 1) => {
    for (;;) {
      const matches = [...log.slice(seen).matchAll(new RegExp(pattern, "g"))];
      const match = matches[times - 1];
      if (match) {
        seen += match.index + match[0].length;
        return;
      }
      if (child.exitCode !== null) throw new Error(`the daemon ended before it logged ${pattern}:\n${log}`);
      await sleep(20);
    }
  };
  const daemon: Daemon = {
    log: () => log,
    until,
    end: async (signal) => {
      child.kill(signal);
      const { exitCode, signal: by } = await child;
      return exitCode ?? (by === "SIGKILL" ? 137 : 1);
    },
  };
  await until(/daemon started/);
  await until(/sync finished/);
  return daemon;
}

/**
 * Pushes a commit and returns how many milliseconds later the container runs and is healthy, by the lab's clock
 * and from before the push began.
 */
export async function pushToHealthy({ repo, sh }: Homelab, container: string): Promise<number> {
  const script = `
    began=$(date +%s%3N)
    git -C ${repo.workTree} push -q origin main
    until [ "$(podman container inspect --format '{{.State.Health.Status}}' ${container} 2>/dev/null)" = healthy ]; do
      sleep 0.05
    done
    echo $(($(date +%s%3N) - began))`;
  return Number(await sh(script));
}
