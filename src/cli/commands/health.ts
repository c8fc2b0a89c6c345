import type { HealthFinding } from "../../model/health.ts";
import { healthNow } from "../../status.ts";
import type { Command } from "../command.ts";
import { healthDocument } from "../json.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  configure: () => undefined,
  async run({ context, terminal, progress }) {
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
