import type { JobStatus } from "../../inspect/jobs.ts";
import { readStatus, type Status } from "../../inspect/status.ts";
import { roughDuration } from "../../lib/rough-duration.ts";
import { deletionOf } from "../../model/instance.ts";
import { describeSuspension } from "../../model/suspension.ts";
import type { TextStatus } from "../../model/text-status.ts";
import type { Role } from "../../quadlet/jobs.ts";
import type { Command } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { columns } from "../text/columns.ts";
import { count, heldLine, shortRevision, time, unitTitle } from "../text/phrases.ts";

export const command: Command = {
  configure: () => undefined,
  async run({ context, terminal, progress }) {
    const status = await readStatus(context);
    progress.stop();
    if (terminal.json) terminal.printJson({ schemaVersion: 1, ...status });
    else printStatus(terminal, status);
    return 0;
  },
};

const revision = (id: string | null) => (id === null ? "none yet" : shortRevision(id));

function printStatus(terminal: Terminal, status: Status): void {
  printRevisions(terminal, status);
  printControls(terminal, status);
  printFailed(terminal, status);
  printStopped(terminal, status);
  if (status.units.length > 0) printUnits(terminal, status);
  printJobs(terminal, status);
}

function printRevisions(terminal: Terminal, status: Status): void {
  const last = status.lastSync;
  terminal.print(
    columns([
      ["Host", status.host],
      ["Applied revision", revision(status.appliedRevision)],
      ["Attempted revision", revision(status.attemptedRevision)],
      [
        "Last sync",
        last === null ? "none yet" : `${last.result} at ${time(last.finishedAt)} (${last.trigger})`,
      ],
    ]),
  );
}

/** Prints what people can act on: the held plan, its approval, and suspensions. */
function printControls({ colours, print }: Terminal, status: Status): void {
  const { held, approval, suspended, orphaned } = status;
  if (held) print(colours.yellow(heldLine(held, approval?.digest)));
  if (approval) {
    const until = time(approval.expiresAt ?? "");
    print(colours.yellow(`Approved: plan ${approval.digest.slice(0, 12)}, until ${until}`));
  }
  for (const { instance, ...how } of suspended)
    print(colours.yellow(`Suspended: ${instance} ${describeSuspension(how)}`));
  for (const instance of orphaned)
    print(colours.yellow(`Orphaned: ${instance}: git no longer has it; ${deletionOf(instance)}`));
}

function printFailed({ colours, print }: Terminal, { units, failed, instances }: Status): void {
  const begun = [...units.filter(({ pending }) => pending !== null), ...instances.filter(({ due }) => due)];
  const notBack = new Set(begun.map(({ instance }) => instance));
  for (const [instance, attempt] of Object.entries(failed)) {
    const why = attempt.message.split("\n")[0];
    const state = notBack.has(instance) ? "; the previous units are not back yet" : "";
    print(colours.red(`Failed: ${instance} at ${revision(attempt.revision)}: ${why}${state}`));
  }
}

/** Prints what proves itself only once a person starts it again. */
function printStopped({ colours, print }: Terminal, { instances }: Status): void {
  for (const { instance, state, stopped } of instances)
    if (stopped !== undefined)
      print(colours.yellow(`Stopped by hand: ${instance}, ${state}, since ${time(stopped)}`));
}

function printUnits(terminal: Terminal, { units, instances, observedAt }: Status): void {
  const { colours } = terminal;
  const states = new Map(instances.map((one) => [one.instance, stateOf(one, Date.parse(observedAt))]));
  const rows = units.map(({ instance, unit, service, active, role, health, revision: id, pending }) => [
    instance,
    unitTitle({ unit, service }),
    paintState(terminal, active, role),
    health || "-",
    states.get(instance) ?? "-",
    revision(id).slice(0, SHORT_REVISION),
    pending === null ? "" : colours.yellow(`${pending} pending`),
  ]);
  const head = ["INSTANCE", "UNIT", "SERVICE", "HEALTH", "STATE", "REVISION", ""].map((word) =>
    colours.dim(word),
  );
  terminal.print("");
  terminal.print(columns([head, ...rows]));
  terminal.print(colours.dim(count(new Set(units.map(({ unit }) => unit)).size, "unit")));
}

/** So that the table fits into 80 columns. */
const SHORT_REVISION = 8;

/** `settled 4 min`, and `good` for what stays so. */
function stateOf({ state, since, due }: TextStatus, now: number): string {
  if (due) return "ended";
  return state === "good" ? state : `${state} ${roughDuration(now - Date.parse(since))}`;
}

/** Prints when jobs run next, and what their last runs came to. */
function printJobs({ colours, print }: Terminal, { units, observedAt }: Status): void {
  const rows = units.flatMap(({ unit, service, job }) =>
    job === null
      ? []
      : [
          [
            unitTitle({ unit, service }),
            nextRun(job, Date.parse(observedAt)),
            lastRun(job, Date.parse(observedAt)),
          ],
        ],
  );
  if (rows.length === 0) return;
  const head = ["JOB", "NEXT RUN", "LAST RUN"].map((word) => colours.dim(word));
  print("");
  print(columns([head, ...rows]));
}

function nextRun({ running, next }: JobStatus, now: number): string {
  if (running) return "running";
  return next === null ? "-" : `in ${roughDuration(Date.parse(next) - now)}`;
}

function lastRun({ last, result }: JobStatus, now: number): string {
  if (last === null) return "-";
  const ago = `${roughDuration(now - Date.parse(last))} ago`;
  if (result === null) return ago;
  return result === "success" ? `ended well, ${ago}` : `failed (${result}), ${ago}`;
}

/** What waits for its timer, socket or path is as it should be. */
function paintState({ colours }: Terminal, state: string, role: Role): string {
  if (state === "template" || (state === "inactive" && role !== "runs")) return colours.dim(state);
  return state === "active" ? colours.green(state) : colours.red(state);
}
