import { resumeInstances } from "../../control/suspend.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  configure: (command) => command.argument("<instance...>", "the instances"),
  async run({ context, terminal, progress }, args) {
    const names = new Set(args.words);
    const { resumed, byManifest } = await resumeInstances(context, names);
    progress.stop();
    if (terminal.json) {
      terminal.printJson({ schemaVersion: 1, resumed, byManifest });
      return 0;
    }
    for (const instance of [...names].sort()) {
      const was = resumed.includes(instance);
      terminal.print(was ? `${instance} is resumed.` : `${instance} was not suspended on this host.`);
      if (byManifest.includes(instance))
        terminal.print("  Its manifest still suspends it: remove `suspend: true` there.");
    }
    if (resumed.length > 0) terminal.note("The next sync includes it again: quadgate reconcile");
    return 0;
  },
};
