import { SCHEMA_NAMES, schemaOf } from "../../authoring/patterns.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Command } from "../command.ts";
import { workingTree } from "../read-arguments.ts";
import { noteIssues } from "../text/plan.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[file]", `${SCHEMA_NAMES.join(", ")}; manifest unless given`)
      .option("--working-tree [folder]", "a checkout as it is, for patterns of its own"),
  async run(session, args) {
    const given = args.words[0] ?? "manifest";
    const name = SCHEMA_NAMES.find((one) => one === given);
    if (name === undefined) {
      throw new QuadgateError("bad-usage", `there is no schema of ${given}`, {
        hint: `there are: ${SCHEMA_NAMES.join(", ")}`,
      });
    }
    const { schema, issues } = await schemaOf(session.context, name, await workingTree(session, args));
    session.progress.stop();
    noteIssues(session.terminal, issues);
    session.terminal.printJson(schema);
    return 0;
  },
};
