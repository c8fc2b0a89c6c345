import { join, resolve } from "node:path";
import { NETWORKS_INSTANCE } from "../../model/instance.ts";
import { permissionsIn, type Unit } from "../../model/unit.ts";
import { type RenderedState, readDesired } from "../../planning/desired.ts";
import { readFolder } from "../../planning/head.ts";
import { requireKnown } from "../../planning/known-instances.ts";
import { type Command, type Session, textOption } from "../command.ts";
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
    const { terminal, progress } = session;
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
    if (folder !== undefined) await writeUnits(session, units, folder);
    else printUnits(session, units, desired);
    return desired.issues.length === 0 ? 0 : 1;
  },
};

async function writeUnits(
  { host, io, terminal }: Session,
  units: readonly Unit[],
  folder: string,
): Promise<void> {
  for (const { name, content, mode } of units) {
    const beside = `${host.facts.unitDir}/`;
    const inFolder = name.startsWith(beside) ? name.slice(beside.length) : name;
    const path = resolve(io.workingFolder, join(folder, inFolder));
    await host.files.write(path, content, { mode: permissionsIn(mode) });
  }
  terminal.note(`${count(units.length, "file")} written to ${folder}`);
}

function printUnits(
  { terminal }: Session,
  units: readonly Unit[],
  { revision, issues }: Pick<RenderedState, "revision" | "issues">,
): void {
  if (terminal.json) {
    const rows = units.map(({ name, kind, instance, content, digest }) => ({
      name,
      kind,
      instance,
      digest,
      content,
    }));
    terminal.printJson({ schemaVersion: 1, revision, units: rows, issues });
    return;
  }
  for (const { name, content } of units)
    terminal.print(`${terminal.colours.bold(`--- ${name}`)}\n${content}`);
}
