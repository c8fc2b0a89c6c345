import { triggerDaemon, triggerSocketPath } from "../../daemon/trigger-client.ts";
import { type Command, textOption } from "../command.ts";

/** Installed git hooks call this command by its former name and form, `notify --trigger NAME`. */
export const command: Command = {
  configure: (command) =>
    command
      .argument("[name]", "what log and history call the trigger", "trigger")
      .option("--trigger <name>", "the same as the argument"),
  async run({ host, terminal }, args) {
    const name = textOption(args, "trigger") ?? args.words[0] ?? "trigger";
    const answer = await triggerDaemon(triggerSocketPath(host.facts), name);
    if (terminal.json) terminal.printJson({ schemaVersion: 1, accepted: answer === "accepted" });
    else terminal.print(answer === "accepted" ? "The daemon looks again." : "No daemon is running.");
    return answer === "accepted" ? 0 : 1;
  },
};
