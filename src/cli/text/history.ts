import type { HistoryExcerpt } from "../../inspect/history.ts";
import { isBad } from "../../model/plan.ts";
import type { SyncRecord } from "../../model/record.ts";
import type { TextStatus } from "../../model/text-status.ts";
import type { Terminal } from "../terminal.ts";
import { columns } from "./columns.ts";
import { count, shortRevision, time } from "./phrases.ts";

/** Prints one row for each sync, newest first; with --verbose also what failed in it. */
export function printHistory(terminal: Terminal, { records, matching }: HistoryExcerpt): void {
  const { colours } = terminal;
  const head = ["TIME", "REVISION", "RESULT", "SCORE", "CHANGES", "TRIGGER", ""].map((word) =>
    colours.dim(word),
  );
  const table = columns([head, ...records.map((record) => rowOf(terminal, record))]).split("\n");
  terminal.print(table[0] ?? "");
  for (const [index, record] of records.entries()) {
    terminal.print(table[index + 1] ?? "");
    if (terminal.verbose) for (const line of detailsOf(record)) terminal.print(colours.dim(`  ${line}`));
  }
  const left = matching - records.length;
  if (left > 0) terminal.note(`${count(left, "earlier sync")} left out; --limit shows more`);
}

function rowOf(terminal: Terminal, record: SyncRecord): readonly string[] {
  return [
    time(record.finishedAt),
    shortRevision(record.revision),
    paintResult(terminal, record),
    record.score === null ? "-" : String(record.score),
    changesOf(record),
    record.trigger,
    [
      record.count > 1 ? `x${record.count}` : "",
      record.interrupted ? "ended early" : "",
      record.forced ? `forced: ${record.forced.replaceAll("\n", " ")}` : "",
    ]
      .filter(Boolean)
      .join(" "),
  ];
}

function paintResult({ colours }: Terminal, { result }: SyncRecord): string {
  if (result === "applied" || result === "in-sync") return colours.green(result);
  return result === "held" || result === "superseded" ? colours.yellow(result) : colours.red(result);
}

/** `+1 ~2 -1`: created, updated or restarted, deleted. */
function changesOf({ summary }: SyncRecord): string {
  const parts = [
    summary.create > 0 ? `+${summary.create}` : "",
    summary.update + summary.restart > 0 ? `~${summary.update + summary.restart}` : "",
    summary.delete > 0 ? `-${summary.delete}` : "",
  ];
  return parts.filter(Boolean).join(" ") || "-";
}

/** `web settled`, as it was when the sync ended. */
function textPhrase({ instance, state, due, stopped }: TextStatus): string {
  if (due) return `${instance} ended`;
  return `${instance} ${state}${stopped === undefined ? "" : " (stopped by hand)"}`;
}

/** The instances of a sync, what it did about drift, the gate's reasons, and what failed. */
function detailsOf(record: SyncRecord): readonly string[] {
  const { reasons, instances, heals, braked, looks, outcomes, texts } = record;
  const bad = outcomes.filter(isBad);
  return [
    ...(instances === undefined ? [] : [`instances: ${instances.join(", ")}`]),
    ...(heals === undefined ? [] : [`live drift put back: ${heals.join(", ")}`]),
    ...(braked === undefined ? [] : [`live drift only reported after too many heals: ${braked.join(", ")}`]),
    ...(looks === undefined
      ? []
      : [`looked ${looks.length} times: ${looks.map(({ score }) => score ?? "-").join(", ")}`]),
    ...(texts === undefined ? [] : [`texts: ${texts.map(textPhrase).join(", ")}`]),
    ...reasons
      .filter(({ code }) => code !== "nothing-to-apply")
      .map(({ code, message }) => `${message} [${code}]`),
    ...bad.map(({ unit, outcome, message }) => `${outcome} ${unit}: ${(message ?? "").split("\n")[0]}`),
  ];
}
