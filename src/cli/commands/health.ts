import type { HealthFinding } from "../../model/health.ts";
import { readScores } from "../../past.ts";
import { healthNow } from "../../status.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session } from "../command.ts";
import { addTimeOptions, filterOf } from "../history/options.ts";
import { healthDocument } from "../json.ts";
import type { Terminal } from "../terminal.ts";
import { chartCapacity, printScores } from "../text/chart.ts";

export const command: Command = {
  configure: (command) => {
    addTimeOptions(command.option("--history", "the scores that past syncs were judged by, as a chart"));
  },
  async run(session, args) {
    if (flag(args, "history")) return showHistory(session, args);
    const { context, terminal, progress } = session;
    const { result, band } = await healthNow(context);
    progress.stop();
    if (!result.ok) {
      terminal.note(`${terminal.colours.red("error:")} ${result.message} [${result.code}]`);
      return 1;
    }
    const { report } = result;
    if (terminal.json) {
      terminal.printJson(healthDocument(report, band));
      return 0;
    }
    const paint = {
      proceed: terminal.colours.green,
      confirm: terminal.colours.yellow,
      block: terminal.colours.red,
    }[band];
    terminal.print(`Health score ${paint(String(report.score))} of 100: ${paint(band)} (${report.provider})`);
    printFindings(terminal, "critical", report.critical);
    printFindings(terminal, "warning", report.warnings);
    printFindings(terminal, "info", report.info);
    return 0;
  },
};

/** Every score in JSON; on a terminal the last ones, as many as fit. */
async function showHistory({ context, terminal, progress }: Session, args: Arguments): Promise<ExitCode> {
  const filter = filterOf(args, context.host.clock.now());
  const limit = terminal.json ? Number.POSITIVE_INFINITY : chartCapacity(terminal);
  const scores = await readScores(context, filter, limit);
  progress.stop();
  if (terminal.json) terminal.printJson({ schemaVersion: 1, ...scores });
  else printScores(terminal, scores);
  return 0;
}

function printFindings(
  terminal: Terminal,
  kind: "critical" | "warning" | "info",
  findings: readonly HealthFinding[],
): void {
  const { colours } = terminal;
  const paint = { critical: colours.red, warning: colours.yellow, info: colours.dim }[kind];
  for (const { code, message, action } of findings) {
    terminal.print(`  ${paint(kind.padEnd(8))} ${code}  ${message}`);
    if (action) terminal.print(`           ${" ".repeat(code.length)} -> ${action}`);
  }
}
