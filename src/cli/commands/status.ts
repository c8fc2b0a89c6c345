import { readStatus, type Status } from "../../inspect/status.ts";
import { describeSuspension } from "../../model/suspension.ts";
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

function printStatus(terminal: Terminal, status: Status): void {
  const { colours } = terminal;
  const revision = (id: string | null) => (id === null ? "none yet" : shortRevision(id));
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
  if (status.held) terminal.print(colours.yellow(heldLine(status.held, status.approval?.digest)));
  if (status.approval)
    terminal.print(
      colours.yellow(
        `Approved: plan ${status.approval.digest.slice(0, 12)}, until ${time(status.approval.expiresAt ?? "")}`,
      ),
    );
  for (const { instance, ...how } of status.suspended)
    terminal.print(colours.yellow(`Suspended: ${instance} ${describeSuspension(how)}`));
  const begun = status.units.filter(({ pending }) => pending !== null);
  const notBack = new Set(begun.map(({ instance }) => instance));
  for (const [instance, attempt] of Object.entries(status.failed)) {
    terminal.print(
      colours.red(
        `Failed: ${instance} at ${revision(attempt.revision)}: ${attempt.message.split("\n")[0]}${notBack.has(instance) ? "; what was in force before is not back yet" : ""}`,
      ),
    );
  }
  if (status.units.length === 0) return;
  const rows = status.units.map(({ instance, unit, service, active, health, revision: id, pending }) => [
    instance,
    unitTitle({ unit, service }),
    paintState(terminal, active),
    health || "-",
    revision(id),
    pending === null ? "" : colours.yellow(`${pending} pending`),
  ]);
  const head = ["INSTANCE", "UNIT", "SERVICE", "HEALTH", "REVISION", ""].map((word) => colours.dim(word));
  terminal.print("");
  terminal.print(columns([head, ...rows]));
  terminal.print(colours.dim(count(new Set(status.units.map(({ unit }) => unit)).size, "unit")));
}

function paintState({ colours }: Terminal, state: string): string {
  if (state === "template") return colours.dim(state);
  return state === "active" ? colours.green(state) : colours.red(state);
}
