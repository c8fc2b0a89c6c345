import { checkExamples } from "../../authoring/patterns.ts";
import { readDesired } from "../../planning/desired.ts";
import { readFolder } from "../../planning/head.ts";
import { heedSystemd } from "../../planning/heed-systemd.ts";
import { systemdWarnings } from "../../prerequisites/index.ts";
import type { Command } from "../command.ts";
import { workingTree } from "../read-arguments.ts";
import { count, shortRevision } from "../text/phrases.ts";
import { noteIssues, noteWarnings } from "../text/plan.ts";

export const command: Command = {
  configure: (command) =>
    command.option("--working-tree [folder]", "a checkout as it is, uncommitted changes included"),
  async run(session, args) {
    const { terminal, progress } = session;
    const desired = await readDesired(
      session.context,
      await readFolder(session.context, await workingTree(session, args)),
    );
    const [checked, heeded] = await Promise.all([
      checkExamples(session.context, desired),
      heedSystemd(session.context.host, desired),
    ]);
    progress.stop();
    const { units, state } = desired;
    const issues = [...desired.issues, ...checked.issues];
    const warnings = [...desired.warnings, ...systemdWarnings(heeded, desired.units)];
    noteWarnings(terminal, warnings);
    if (terminal.json) {
      terminal.printJson({
        schemaVersion: 1,
        revision: desired.revision,
        valid: issues.length === 0,
        issues,
        warnings,
      });
    } else if (issues.length === 0) {
      const what = [
        count(state.instances.length, "instance"),
        count(units.length, "unit"),
        `${count(state.patterns.size, "pattern")} with ${count(checked.examples, "example")}`,
      ].join(", ");
      terminal.print(`${terminal.colours.green("Valid")}: ${what} at ${shortRevision(desired.revision)}.`);
    } else {
      noteIssues(terminal, issues);
      terminal.print(`${terminal.colours.red("Not valid")}: ${count(issues.length, "problem")}.`);
    }
    return issues.length === 0 ? 0 : 1;
  },
};
