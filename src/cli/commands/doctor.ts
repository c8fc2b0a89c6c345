import { examine } from "../../doctor.ts";
import type { Command } from "../command.ts";
import { columns } from "../terminal.ts";

const MARKS = { ok: "✓", warning: "⚠", failed: "✗" } as const;

export const command: Command = {
  configure: () => undefined,
  async run({ context, terminal, progress }) {
    const findings = await examine(context);
    progress.stop();
    const bad = findings.some(({ status }) => status === "failed");
    if (terminal.json) {
      terminal.printJson({ schemaVersion: 1, ready: !bad, checks: findings });
      return bad ? 1 : 0;
    }
    const { colours } = terminal;
    const paints = { ok: colours.green, warning: colours.yellow, failed: colours.red };
    terminal.print(
      columns(findings.map(({ check, status, message }) => [paints[status](MARKS[status]), check, message])),
    );
    for (const { check, fix } of findings)
      if (fix !== undefined) terminal.print(`  -> ${check}: ${colours.cyan(fix)}`);
    terminal.print(
      bad ? colours.red("This host cannot run quadgate yet.") : colours.green("This host can run quadgate."),
    );
    return bad ? 1 : 0;
  },
};
