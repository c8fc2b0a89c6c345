import { readScores } from "../../inspect/history.ts";
import { healthNow } from "../../inspect/status.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { HealthFinding } from "../../model/health.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session, textOption } from "../command.ts";
import { addTimeOptions, filterOf, isFiltered } from "../history/options.ts";
import { healthDocument, homelabIntelDocument } from "../json.ts";
import type { Terminal } from "../terminal.ts";
import { chartCapacity, printScores } from "../text/chart.ts";

const NO_SCORE_YET = "No sync has been judged by a score yet.";
const HOMELAB_INTEL = "homelab-intel";

export const command: Command = {
  outputs: [HOMELAB_INTEL],
  configure: (command) => {
    addTimeOptions(command.option("--history", "the scores that past syncs were judged by, as a chart"));
  },
  async run(session, args) {
    const { context, terminal, progress, io } = session;
    // It stands in for that script, so it does not ask it.
    const standsIn = args.options.output === HOMELAB_INTEL;
    if (flag(args, "history")) {
      if (!standsIn) return showHistory(session, args);
      throw new QuadgateError("bad-usage", "--history has no output homelab-intel", {
        hint: "leave --history away, or use --output json",
      });
    }
    if (textOption(args, "since") !== undefined || textOption(args, "until") !== undefined) {
      throw new QuadgateError(
        "bad-usage",
        "--since and --until choose among past scores, and there is no --history",
        {
          hint: "add --history, or leave them away",
        },
      );
    }
    const { result, band } = await healthNow(context, standsIn ? "builtin" : undefined, io.stopSignal());
    progress.stop();
    if (!result.ok) {
      terminal.note(`${terminal.colours.red("error:")} ${result.message} [${result.code}]`);
      return 1;
    }
    const { report } = result;
    if (terminal.json || standsIn) {
      terminal.printJson(standsIn ? homelabIntelDocument(report) : healthDocument(report, band));
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
  else if (scores.points.length > 0) printScores(terminal, scores);
  else terminal.print(isFiltered(filter) ? "No sync of that time was judged by a score." : NO_SCORE_YET);
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
