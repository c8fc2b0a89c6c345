import { notifyDaemon, notifySocketPath } from "../../daemon/trigger-client.ts";
import { type Command, textOption } from "../command.ts";

export const command: Command = {
  configure: (command) => command.option("--trigger <name>", "what to call it in log and history", "notify"),
  async run({ host, terminal }, args) {
    const answer = await notifyDaemon(notifySocketPath(host.facts), textOption(args, "trigger") ?? "notify");
    if (terminal.json) terminal.printJson({ schemaVersion: 1, accepted: answer === "accepted" });
    else terminal.print(answer === "accepted" ? "The daemon looks again." : "No daemon is running.");
    return answer === "accepted" ? 0 : 1;
  },
};
