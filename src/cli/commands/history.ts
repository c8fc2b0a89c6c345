import { correlateHistory, readHistory } from "../../inspect/history.ts";
import { type Command, flag } from "../command.ts";
import { addResultOptions, addTimeOptions, filterOf, isFiltered, wholeNumber } from "../history/options.ts";
import { printCorrelation } from "../text/correlation.ts";
import { printHistory } from "../text/history.ts";

const DEFAULT_LIMIT = 20;

export const command: Command = {
  configure: (command) => {
    command.argument("[instance...]", "only syncs that changed these, or would have");
    addTimeOptions(addResultOptions(command))
      .option("--limit <number>", "how many syncs, newest first", wholeNumber, DEFAULT_LIMIT)
      .option("--correlate", "compare failures and durations with the health score instead");
  },
  async run({ context, terminal, progress }, args) {
    const filter = filterOf(args, context.host.clock.now());
    if (flag(args, "correlate")) {
      const correlation = await correlateHistory(context, filter);
      progress.stop();
      if (terminal.json) terminal.printJson({ schemaVersion: 1, ...correlation });
      else printCorrelation(terminal, correlation);
      return 0;
    }
    const excerpt = await readHistory(context, filter, Number(args.options.limit));
    progress.stop();
    if (terminal.json) terminal.printJson({ schemaVersion: 1, ...excerpt });
    else if (excerpt.records.length > 0) printHistory(terminal, excerpt);
    else terminal.print(isFiltered(filter) ? "No sync matches." : "No sync yet.");
    return 0;
  },
};
