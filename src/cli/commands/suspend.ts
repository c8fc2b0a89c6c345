import { suspendInstances, waitForSync } from "../../control/suspend.ts";
import { QuadgateError } from "../../model/errors.ts";
import { durationSchema } from "../../model/settings-schema.ts";
import { type Arguments, type Command, textOption } from "../command.ts";
import { givenReason } from "../read-arguments.ts";
import { time } from "../text/phrases.ts";

/** How long to wait for a sync that began earlier. */
const SYNC_WAIT_MS = 60_000;

export const command: Command = {
  configure: (command) =>
    command
      .argument("<instance...>", "the instances")
      .option("--for <duration>", "how long, such as 2h; without it until `quadgate resume`")
      .option("--reason <text>", "why; shown wherever quadgate shows the instance"),
  async run({ context, terminal, progress }, args) {
    const names = new Set(args.words);
    const reason = givenReason(args) || undefined;
    const suspended = await suspendInstances(context, names, { forMs: durationOf(args), reason });
    progress.stop();
    if (terminal.json) terminal.printJson({ schemaVersion: 1, suspended });
    for (const { instance, until } of terminal.json ? [] : suspended) {
      const end = until === null ? "until `quadgate resume`" : `until ${time(until)}`;
      terminal.print(`${instance} is suspended ${end}: no sync changes, heals, prunes or restarts it.`);
    }
    if (!(await waitForSync(context, SYNC_WAIT_MS)))
      terminal.note("A sync that began earlier is still running and may still change it.");
    return 0;
  },
};

function durationOf(args: Arguments): number | undefined {
  const text = textOption(args, "for");
  if (text === undefined) return undefined;
  const { data } = durationSchema.safeParse(text);
  if (data !== undefined && data > 0) return data;
  throw new QuadgateError("bad-usage", `--for: "${text}" is not a duration`, {
    hint: "write 30m, 2h or 3d, 3650d at most",
  });
}
