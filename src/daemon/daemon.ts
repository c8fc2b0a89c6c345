import type { Emit } from "../model/event.ts";
import type { Files, HostFacts } from "../model/host.ts";
import type { SyncRecord } from "../model/record.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { LookAfter } from "../sync/look-after.ts";
import { start as startHttp } from "./http/server.ts";
import { createImageLog } from "./listeners/image-log.ts";
import { createSyncLog } from "./listeners/sync-log.ts";
import { createTextLog } from "./listeners/text-log.ts";
import { errorFields, type Logger } from "./log.ts";
import { startLookingAfter } from "./look-after-timer.ts";
import { createQueue, type Queue } from "./queue.ts";
import { start as startPoll } from "./triggers/poll.ts";
import { start as startRepository } from "./triggers/repository.ts";
import { start as startSocket } from "./triggers/socket.ts";
import type { RunningTrigger, StartTrigger, TriggerContext } from "./triggers/trigger.ts";

export interface DaemonOptions {
  readonly settings: Settings;
  readonly facts: Pick<HostFacts, "runtimeDir" | "stateDir" | "uid" | "rootless" | "home" | "name">;
  readonly files: Files;
  /** Runs one sync. The daemon logs whatever it throws, and continues. */
  readonly sync: (trigger: string, running: RunningSync) => Promise<EndedSync>;
  /** Looks after the texts that are not good yet, every few seconds. */
  readonly lookAfter: LookAfter;
  readonly log: Logger;
  /** Ends the daemon; the caller ties it to SIGTERM and SIGINT. */
  readonly stop: AbortSignal;
  /** The daemon calls this when every trigger is in place, before the first sync. */
  readonly ready?: () => void;
  readonly onListen?: TriggerContext["onListen"];
}

/** What a sync of the daemon gets. */
interface RunningSync {
  readonly signal: AbortSignal;
  /** To be called once the sync only waits and does not hold the lock: the next one may begin. */
  readonly release: () => void;
  readonly emit: Emit;
}

interface EndedSync {
  /** Undefined if a later sync has taken over before this one had done anything. */
  readonly record: SyncRecord | undefined;
  /** Milliseconds after which another sync may do what this one could not; undefined: there is nothing. */
  readonly retryInMs?: number | undefined;
}

/** A new trigger is one file and one row. The socket comes first, because it finds a second daemon. */
const TRIGGERS: readonly StartTrigger[] = [startSocket, startPoll, startRepository, startHttp];

/**
 * Syncs once at the start and then on every trigger, and looks after what is not good yet in between, until
 * `stop` is aborted. Then it begins nothing new, lets the running sync end after its current step, and
 * resolves. Throws QuadgateError if the settings are wrong, a port is taken, or another daemon runs.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  if (options.stop.aborted) return;
  const queue = createSyncQueue(options);
  const context: TriggerContext = {
    settings: options.settings,
    facts: options.facts,
    files: options.files,
    log: options.log,
    trigger: queue.trigger,
    ...(options.onListen === undefined ? {} : { onListen: options.onListen }),
  };
  const running: RunningTrigger[] = [];
  try {
    for (const start of TRIGGERS) running.push(await start(context));
    options.log.info({ host: options.facts.name, poll: options.settings.daemon.poll }, "daemon started");
    options.ready?.();
    queue.trigger("start");
    running.push(lookingAfter(options));
    await aborted(options.stop);
    options.log.info({}, "daemon stops");
  } finally {
    const ended = queue.stop();
    await Promise.all(running.map((trigger) => trigger.stop()));
    await ended;
  }
  options.log.info({}, "daemon stopped");
}

function lookingAfter({ lookAfter: look, log }: DaemonOptions): RunningTrigger {
  return startLookingAfter({ look, onNews: createTextLog(log), log });
}

function createSyncQueue({ sync, log, stop }: DaemonOptions): Queue {
  const logRecord = createSyncLog(log);
  const emit = createImageLog(log, () => performance.now());
  return createQueue({
    run: async (trigger, signal, release) => {
      log.debug({ trigger }, "sync started");
      const { record, retryInMs } = await sync(trigger, { signal, release, emit });
      if (record !== undefined) logRecord(record);
      return retryInMs;
    },
    onError: (error, retryInMs) => {
      if (stop.aborted) log.info(errorFields(error), "sync ended early because the daemon stops");
      else
        log.error(
          { ...errorFields(error), ...(retryInMs === undefined ? {} : { retryInMs }) },
          "sync failed",
        );
    },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
