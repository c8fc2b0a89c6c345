import { approveHeld } from "../../approve.ts";
import type { Command } from "../command.ts";
import { shortRevision } from "../text/words.ts";
import { finish, reconcileByHand } from "./reconcile.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[digest]", "the held plan, as `quadgate status` shows it; default: whichever is held")
      .option("--no-sync", "only record the approval; the next sync uses it"),
  async run(session, args) {
    const held = await approveHeld(session.context, args.words[0]);
    session.progress.stop();
    session.terminal.note(`Approved plan ${held.digest.slice(0, 12)} at ${shortRevision(held.revision)}.`);
    if (args.options.sync === false) return 0;
    return finish(session, await reconcileByHand(session, { ...args, words: [] }, "approve"));
  },
};
