import { audit } from "../../audit.ts";
import { type Command, flag } from "../command.ts";
import { printDrift } from "../text/drift.ts";
import { noteIssues } from "../text/plan.ts";
import { namedInstances, workingTree } from "../words.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[instance...]", "only these instances")
      .option("--head", "compare with the branch's head instead of what was applied")
      .option("--working-tree [folder]", "compare with a checkout as it is"),
  async run(session, args) {
    const { terminal, progress } = session;
    const only = namedInstances(args);
    const { report, issues } = await audit(session.context, {
      only,
      head: flag(args, "head"),
      workingTree: workingTree(session, args),
    });
    progress.stop();
    noteIssues(terminal, issues);
    if (terminal.json) terminal.printJson(report);
    else printDrift(terminal, report);
    if (issues.length > 0) return 1;
    return report.summary.drift > 0 ? 2 : 0;
  },
};
