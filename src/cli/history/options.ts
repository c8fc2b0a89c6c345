import { type Command as Commander, InvalidArgumentError, Option } from "commander";
import type { HistoryFilter } from "../../inspect/history.ts";
import { QuadgateError } from "../../model/errors.ts";
import { SYNC_RESULTS, type SyncResult } from "../../model/record.ts";
import { durationSchema } from "../../model/settings-schema.ts";
import { type Arguments, flag, textOption } from "../command.ts";
import { namedInstances } from "../read-arguments.ts";

const FAILED: readonly SyncResult[] = ["failed", "rolled-back"];

/** Adds the options that choose a time. */
export function addTimeOptions(command: Commander): Commander {
  return command
    .option("--since <when>", "from this time: 7d (ago), 2026-11-23, or 2026-11-23T06:00Z")
    .option("--until <when>", "until this time, written the same way");
}

/** Adds the options that choose syncs by their result. */
export function addResultOptions(command: Commander): Commander {
  const result = new Option(
    "--result <result>",
    `only this result: ${SYNC_RESULTS.join(", ")}; may be given again`,
  );
  return command
    .addOption(result.argParser(collectResult))
    .option("--failed", "only what failed or was put back");
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("a whole number from 1 up is needed.");
  return Number(text);
}

/**
 * Makes a filter of the options and words. Throws `bad-usage` for a time that cannot be read, and for an end
 * before the beginning.
 */
export function filterOf(args: Arguments, now: Date): HistoryFilter {
  const since = textOption(args, "since");
  const until = textOption(args, "until");
  const from = since === undefined ? undefined : parseMoment(since, now);
  const to = until === undefined ? undefined : parseMoment(until, now);
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) {
    throw new QuadgateError("bad-usage", "--since is later than --until", {
      hint: "swap them, or leave one out",
    });
  }
  return {
    instances: namedInstances(args),
    results: resultsOf(args),
    since: from,
    until: to,
  };
}

/** Whether a filter leaves anything out. */
export function isFiltered(filter: HistoryFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

function resultsOf(args: Arguments): ReadonlySet<SyncResult> | undefined {
  const named = (args.options.result ?? []) as readonly SyncResult[];
  const all = [...named, ...(flag(args, "failed") ? FAILED : [])];
  return all.length > 0 ? new Set(all) : undefined;
}

function collectResult(text: string, before: readonly SyncResult[] = []): readonly SyncResult[] {
  const found = SYNC_RESULTS.find((result) => result === text);
  if (found === undefined) throw new InvalidArgumentError(`there are ${SYNC_RESULTS.join(", ")}.`);
  return [...before, found];
}

const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads a moment and returns it as ISO 8601. A duration means that long ago. A date or a time without a zone
 * is UTC, as the history prints them. Throws `bad-usage`.
 */
export function parseMoment(text: string, now: Date): string {
  const match = MOMENT.exec(text);
  const ago = match === null ? durationSchema.safeParse(text).data : undefined;
  const date = text.length > 10 && match?.[1] === undefined ? `${text}Z` : text;
  const milliseconds =
    match === null ? now.getTime() - (ago ?? Number.NaN) : Date.parse(date.replace(" ", "T"));
  if (Number.isFinite(milliseconds)) return new Date(milliseconds).toISOString();
  throw new QuadgateError("bad-usage", `"${text}" is not a time`, {
    hint: "write how long ago (90m, 12h, 7d), a day (2026-11-23) or a time (2026-11-23T06:00Z)",
  });
}
