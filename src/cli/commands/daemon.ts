import { runDaemon } from "../../daemon/daemon.ts";
import { createLogger } from "../../daemon/log.ts";
import { createPulls } from "../../pull/index.ts";
import { Overtaken } from "../../sync/images-first.ts";
import { createLookAfter } from "../../sync/look-after.ts";
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
    const pulls = createPulls(host);
    await runDaemon({
      settings: { ...settings, daemon: { ...settings.daemon, ...poll } },
      facts: host.facts,
      files: host.files,
      log,
      lookAfter: createLookAfter({ ...context, emit: () => undefined }),
      stop: io.stopSignal(),
      sync: async (trigger, { signal, release, emit }) => {
        const asked = { trigger, attended: false, signal, lockWaitMs: LOCK_WAIT_MS };
        try {
          const options = { ...asked, pulls, onRelease: release };
          const { record } = await reconcile({ ...context, emit }, options);
          return { record, retryInMs: pulls.retryInMs() };
        } catch (error) {
          if (error instanceof Overtaken) return { record: undefined };
          throw error;
        }
      },
    });
    return 0;
  },
};
