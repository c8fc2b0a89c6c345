import { revertInGit } from "../../control/revert.ts";
import type { Command } from "../command.ts";
import { shortRevision } from "../text/phrases.ts";
import { finish, forceOf, reconcileByHand } from "./reconcile.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument(
        "[revision]",
        "where to go back to; default: the last one before the head that was verified on this host",
      )
      .option("--no-sync", "only revert in git")
      .option("--yes", "confirm a plan that the gate would hold")
      .option("--force", "apply regardless of score, risk and windows; needs --reason")
      .option("--reason <text>", "why the gate is overridden by --force; recorded"),
  async run(session, args) {
    const { terminal } = session;
    forceOf(args);
    const { target, revision, undone } = await revertInGit(session.context, args.words[0]);
    session.progress.stop();
    terminal.note(
      `Reverted to ${shortRevision(target)} in a new commit, ${shortRevision(revision)}. Undone:`,
    );
    for (const line of undone) terminal.note(`  ${line}`);
    if (args.options.sync === false) return 0;
    return finish(session, await reconcileByHand(session, { ...args, words: [] }, "rollback"));
  },
};
