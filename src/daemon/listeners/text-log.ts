import type { TextNews } from "../../sync/look-after.ts";
import type { Logger, LogLevel } from "../log.ts";

const LINES = {
  settled: ["info", "text settled"],
  good: ["info", "text proved good"],
  ended: ["warn", "text ended"],
  "put-back": ["error", "text put back"],
  stuck: ["error", "cannot put text back"],
} as const satisfies Record<TextNews["kind"], readonly [LogLevel, string]>;

/** Logs what became of texts between two syncs. The same obstacle to a putting back is logged once. */
export function createTextLog(log: Logger): (news: readonly TextNews[]) => void {
  const obstacles = new Map<string, string>();
  return (news) => {
    for (const { instance, kind, revision, message } of news) {
      const [level, text] = LINES[kind];
      const isKnown = kind === "stuck" && obstacles.get(instance) === message;
      if (kind === "stuck") obstacles.set(instance, message ?? "");
      if (kind === "put-back") obstacles.delete(instance);
      const fields = { instance, revision, ...(message === undefined ? {} : { message }) };
      log[isKnown ? "debug" : level](fields, text);
    }
  };
}
