import { triggerDaemon, triggerSocketPath } from "../../daemon/trigger-client.ts";
import { type Command, textOption } from "../command.ts";

/** As `notify --trigger NAME`, which it answers to as well, installed git hooks call it. */
export const command: Command = {
  configure: (command) =>
    command
      .argument("[name]", "what to call it in log and history", "trigger")
      .option("--trigger <name>", "the same as the argument"),
  async run({ host, terminal }, args) {
    const name = textOption(args, "trigger") ?? args.words[0] ?? "trigger";
    const answer = await triggerDaemon(triggerSocketPath(host.facts), name);
    if (terminal.json) terminal.printJson({ schemaVersion: 1, accepted: answer === "accepted" });
    else terminal.print(answer === "accepted" ? "The daemon looks again." : "No daemon is running.");
    return answer === "accepted" ? 0 : 1;
  },
};
