import { messageOf } from "../lib/error-message.ts";
import type { LookAfter, TextNews } from "../sync/look-after.ts";
import { errorFields, type Logger } from "./log.ts";
import type { RunningTrigger } from "./triggers/trigger.ts";

/** The pause between two looks at what is not good yet. */
const EVERY_MS = 10_000;

interface LookAfterTimer {
  readonly look: LookAfter;
  readonly onNews: (news: readonly TextNews[]) => void;
  readonly log: Logger;
  readonly everyMs?: number;
}

/**
 * Looks after the texts that are not good yet, again and again; one look at a time. An error ends one look,
 * not the timer; the same error in a row is one warning.
 */
export function startLookingAfter({ look, onNews, log, everyMs = EVERY_MS }: LookAfterTimer): RunningTrigger {
  const stopping = new AbortController();
  let running = Promise.resolve();
  let lastError = "";
  const lookOnce = async () => {
    try {
      onNews(await look(stopping.signal));
      lastError = "";
    } catch (error) {
      const isKnown = messageOf(error) === lastError;
      lastError = messageOf(error);
      log[isKnown ? "debug" : "warn"](errorFields(error), "cannot look after the texts in force");
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      running = lookOnce().then(schedule);
    }, everyMs);
  };
  schedule();
  return {
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
