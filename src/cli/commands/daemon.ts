import { runDaemon } from "../../daemon/daemon.ts";
import { createLogger } from "../../daemon/log.ts";
import { reconcile } from "../../sync/reconcile.ts";
import type { Command } from "../command.ts";

/** A sync by hand may be under way when a trigger arrives. */
const LOCK_WAIT_MS = 10 * 60_000;

export const command: Command = {
  configure: (command) => command.option("--poll <cron>", "when to look for commits, as a cron expression"),
  logs: true,
  async run({ context, settings, host, terminal, io, warnings }, args) {
    const poll = typeof args.options.poll === "string" ? { poll: args.options.poll } : {};
    const log = createLogger({
      level: terminal.verbose ? "debug" : "info",
      pretty: io.stderr.isTTY === true,
      write: (line) => void io.stderr.write(line),
    });
    for (const warning of warnings) log.warn({}, warning);
    await runDaemon({
      settings: { ...settings, daemon: { ...settings.daemon, ...poll } },
      facts: host.facts,
      files: host.files,
      log,
      stop: io.stopSignal(),
      sync: async (trigger, signal) => {
        const options = { trigger, attended: false, signal, lockWaitMs: LOCK_WAIT_MS };
        const { record } = await reconcile({ ...context, emit: () => undefined }, options);
        return record;
      },
    });
    return 0;
  },
};
