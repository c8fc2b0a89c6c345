import { readScores } from "../../inspect/history.ts";
import { healthNow } from "../../inspect/status.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Band, HealthFinding, HealthReport } from "../../model/health.ts";
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
    addTimeOptions(command.option("--history", "a chart of the scores by which past syncs were judged"));
  },
  async run(session, args) {
    const { context, terminal, progress, io } = session;
    const standsIn = args.options.output === HOMELAB_INTEL;
    requireFittingOptions(args);
    if (flag(args, "history")) return showHistory(session, args);
    // quadgate replaces the script homelab-intel here, so it must not ask that script.
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
    printReport(terminal, report, band);
    return 0;
  },
};

/** Throws `bad-usage` for options that mean nothing together. */
function requireFittingOptions(args: Arguments): void {
  if (flag(args, "history")) {
    if (args.options.output !== HOMELAB_INTEL) return;
    throw new QuadgateError("bad-usage", "--history has no output homelab-intel", {
      hint: "leave out --history, or use --output json",
    });
  }
  if (textOption(args, "since") === undefined && textOption(args, "until") === undefined) return;
  const message = "--since and --until choose among past scores, so they need --history";
  throw new QuadgateError("bad-usage", message, { hint: "add --history, or leave them out" });
}

function printReport(terminal: Terminal, report: HealthReport, band: Band): void {
  const { colours } = terminal;
  const paint = { proceed: colours.green, confirm: colours.yellow, block: colours.red }[band];
  terminal.print(`Health score ${paint(String(report.score))} of 100: ${paint(band)} (${report.provider})`);
  printFindings(terminal, "critical", report.critical);
  printFindings(terminal, "warning", report.warnings);
  printFindings(terminal, "info", report.info);
}

/** Shows every score in JSON; on a terminal the last ones, as many as fit. */
async function showHistory({ context, terminal, progress }: Session, args: Arguments): Promise<ExitCode> {
  const filter = filterOf(args, context.host.clock.now());
  const limit = terminal.json ? Number.POSITIVE_INFINITY : chartCapacity(terminal);
  const scores = await readScores(context, filter, limit);
  progress.stop();
  if (terminal.json) terminal.printJson({ schemaVersion: 1, ...scores });
  else if (scores.points.length > 0) printScores(terminal, scores);
  else terminal.print(isFiltered(filter) ? "No sync in that time was judged by a score." : NO_SCORE_YET);
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
