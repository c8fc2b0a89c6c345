import { approveHeld } from "../../control/approve.ts";
import type { HeldPlan } from "../../model/record.ts";
import { reconcile, type SyncReport } from "../../sync/reconcile.ts";
import type { Command, Session } from "../command.ts";
import { shortRevision, time } from "../text/phrases.ts";
import { finish, LOCK_WAIT_MS } from "./reconcile.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[digest]", "the held plan, as `quadgate status` shows it; default: whichever is held")
      .option("--no-sync", "only record the approval; the next sync uses it"),
  async run(session, args) {
    const { terminal, progress } = session;
    const { held, expiresAt } = await approveHeld(session.context, args.words[0]);
    progress.stop();
    const only = args.options.sync === false;
    const plan = `plan ${held.digest.slice(0, 12)} at ${shortRevision(held.revision)}`;
    terminal.note(`Approved ${plan}, until ${time(expiresAt)}.`);
    if (!only) return finish(session, await syncAsAsked(session, held));
    if (terminal.json) terminal.printJson({ schemaVersion: 1, digest: held.digest, expiresAt });
    return 0;
  },
};

/** Syncs with the options of the held sync, so that the plan is the same if nothing has changed. */
function syncAsAsked({ context, io }: Session, { asked }: HeldPlan): Promise<SyncReport> {
  const { only, ...how } = asked;
  return reconcile(context, {
    trigger: "approve",
    ...how,
    ...(only === null ? {} : { only: new Set(only) }),
    signal: io.stopSignal(),
    lockWaitMs: LOCK_WAIT_MS,
  });
}
