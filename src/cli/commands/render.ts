import { join, resolve } from "node:path";
import { NETWORKS_INSTANCE } from "../../model/instance.ts";
import { readDesired } from "../../planning/desired.ts";
import { readFolder } from "../../planning/head.ts";
import { requireKnown } from "../../planning/known-instances.ts";
import { type Command, textOption } from "../command.ts";
import { namedInstances, workingTree } from "../read-arguments.ts";
import { count } from "../text/phrases.ts";
import { noteIssues } from "../text/plan.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[instance...]", "only these instances")
      .option("--out <folder>", "write the units there instead of printing them")
      .option("--working-tree [folder]", "a checkout as it is, uncommitted changes included"),
  async run(session, args) {
    const { terminal, progress, host } = session;
    const only = namedInstances(args);
    const desired = await readDesired(
      session.context,
      await readFolder(session.context, await workingTree(session, args)),
    );
    progress.stop();
    requireKnown(only, [
      ...desired.state.instances.map((one) => one.name),
      ...desired.invalid,
      NETWORKS_INSTANCE,
    ]);
    const units = desired.units.filter((unit) => only === undefined || only.has(unit.instance));
    noteIssues(terminal, desired.issues);
    const folder = textOption(args, "out");
    if (folder !== undefined) {
      for (const unit of units) {
        const mode = Number.parseInt(unit.mode, 8);
        await host.files.write(resolve(session.io.workingFolder, join(folder, unit.name)), unit.content, {
          mode,
        });
      }
      terminal.note(`${count(units.length, "file")} written to ${folder}`);
    } else if (terminal.json) {
      const rows = units.map(({ name, kind, instance, content, digest }) => ({
        name,
        kind,
        instance,
        digest,
        content,
      }));
      terminal.printJson({
        schemaVersion: 1,
        revision: desired.revision,
        units: rows,
        issues: desired.issues,
      });
    } else {
      for (const unit of units)
        terminal.print(`${terminal.colours.bold(`--- ${unit.name}`)}\n${unit.content}`);
    }
    return desired.issues.length === 0 ? 0 : 1;
  },
};
