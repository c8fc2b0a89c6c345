import { instancesInError, isAfterFailure, isBad, type Plan } from "../../model/plan.ts";
import { type SyncResult, spanMs, unsettledIn } from "../../model/record.ts";
import type { SyncReport } from "../../sync/reconcile.ts";
import { outcomeLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { count, duration, shortRevision } from "./phrases.ts";

/** Prints what a sync did, in a line or two. */
export function printSync(terminal: Terminal, report: SyncReport): void {
  const { colours } = terminal;
  const { record, plan, outcomes } = report;
  const at = shortRevision(record.revision);
  const took = duration(spanMs(record.startedAt, record.finishedAt));
  printLeft(terminal, plan);
  // The progress has shown them already, unless --quiet silenced it.
  const failures = terminal.quiet ? outcomes.filter(({ outcome }) => outcome === "failed") : [];
  for (const failure of failures) terminal.print(outcomeLine(terminal, failure));
  const changed = count(outcomes.length, "unit");
  const culprits = failedInstances(report).join(", ");
  const units = count(plan.summary.none, "unit");
  const approve = `quadgate approve ${plan.digest.slice(0, 12)}`;
  const sentences = {
    "in-sync": `${inSync(terminal, plan)} at ${at}: ${units}, nothing to do (${took}).`,
    applied: `${applied(terminal, report)} ${at}: ${changed} changed (${took}).`,
    held: `${colours.yellow("Held")}: nothing was applied. Let it through with: ${approve}`,
    blocked: `${colours.red("Blocked")}: nothing was applied.`,
    "rolled-back":
      outcomes.length > 0
        ? `${colours.red("Put back")}: ${culprits} at ${at}; the previous units are in force (${took}).`
        : `${colours.red("Still put back")}: ${culprits}; nothing was done (${took}).`,
    superseded: `${colours.yellow("Superseded")}: a newer text than that of ${at} is in force (${took}).`,
    failed: failedSentence(terminal, report, { culprits, at, took }),
  } as const satisfies Record<SyncResult, string>;
  terminal.print(sentences[report.result]);
  printOpen(terminal, report);
}

/** Says what the texts wait for that wait by their own rules. */
function printOpen(terminal: Terminal, { endings, result }: SyncReport): void {
  if (result !== "applied") return;
  for (const [instance, ending] of endings)
    if (ending.kind === "waits") terminal.print(`  ${instance}: ${ending.message}`);
}

function applied({ colours }: Terminal, { record, endings }: SyncReport): string {
  const open = unsettledIn(record).map(({ message }) => message);
  const waits = [...endings.values()].some(({ kind }) => kind === "waits");
  if (open.length === 0) return colours.green(waits ? "Applied" : "Applied and verified");
  return `${colours.yellow("Applied, not verified")} (${open.join("; ")})`;
}

function failedSentence(
  { colours }: Terminal,
  { record, outcomes }: SyncReport,
  { culprits, at, took }: Readonly<Record<"culprits" | "at" | "took", string>>,
): string {
  if (record.interrupted)
    return `${colours.yellow("Ended early")}: ${culprits} at ${at} is left to the next sync (${took}).`;
  if (outcomes.length > 0) return `${colours.red("Failed")}: ${culprits} at ${at} (${took}).`;
  const how = "the previous units are not back, and nothing was done";
  return `${colours.red("Still failed")}: ${culprits}; ${how} (${took}).`;
}

function inSync({ colours }: Terminal, plan: Plan): string {
  const left = instancesInError(plan);
  return left === 0
    ? colours.green("In sync")
    : colours.yellow(`In sync except for ${count(left, "instance")} with errors`);
}

/** Prints what was left alone, and why, one line for each instance. */
function printLeft(terminal: Terminal, plan: Plan): void {
  const lines = plan.changes
    .filter(({ reasons, action }) => action === "none" && reasons.length > 0)
    .map(({ instance, unit, reasons }) => {
      const subject = plan.leftAlone.has(instance) ? instance : unit;
      return `  ${subject}: ${reasons.map(({ message }) => message).join("; ")}`;
    });
  for (const line of new Set(lines)) terminal.print(line);
}

/** Instances that are not as git wants them, because of this sync or an earlier one. */
function failedInstances({ outcomes, plan }: SyncReport): readonly string[] {
  const now = outcomes.filter(isBad);
  const before = [...plan.leftAlone].filter(([, why]) => isAfterFailure(why));
  const putBack = plan.changes.filter(({ reasons }) =>
    reasons.some(({ code }) => code === "rollback-unfinished"),
  );
  return [
    ...new Set([...[...now, ...putBack].map(({ instance }) => instance), ...before.map(([name]) => name)]),
  ].sort();
}
