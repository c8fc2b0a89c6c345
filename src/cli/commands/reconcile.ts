import { QuadgateError } from "../../model/errors.ts";
import type { Plan } from "../../model/plan.ts";
import { unsettledIn } from "../../model/record.ts";
import type { PersonsWord } from "../../planning/preview.ts";
import { reconcile, type SyncOptions, type SyncReport } from "../../sync/reconcile.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session } from "../command.ts";
import { syncDocument } from "../json.ts";
import { givenReason, namedInstances } from "../read-arguments.ts";
import { noteIssues, noteWarnings, printPlan, printVerdict } from "../text/plan.ts";
import { planChanges } from "../text/plan-changes.ts";
import { printSync } from "../text/sync.ts";
import { showPlan } from "./plan.ts";

/** How long a person waits for a sync that is under way. */
export const LOCK_WAIT_MS = 60_000;

export const command: Command = {
  configure: (command) =>
    command
      .argument("[instance...]", "only these instances")
      .option("--dry-run", "show what it would do, as `quadgate plan` does, with these options")
      .option("--yes", "confirm a plan that the gate would hold")
      .option("--force", "apply regardless of score, risk and windows; needs --reason")
      .option("--reason <text>", "why the gate is overridden by --force; recorded")
      .option("--retry", "also try what failed before")
      .option("--allow-empty", "sync an empty desired state, which deletes everything")
      .option("--allow-prune", "delete more units than prune.maxFraction allows"),
  async run(session, args) {
    const gate = gateOf(args);
    if (flag(args, "dryRun")) return showPlan(session, args, gate);
    const report = await reconcileByHand(session, args, "cli");
    return finish(session, report);
  },
};

/** Syncs because a person asks for it, with the options that `reconcile` takes. */
export function reconcileByHand(session: Session, args: Arguments, trigger: string): Promise<SyncReport> {
  return reconcile(session.context, optionsByHand(session, args, trigger));
}

/** The options of a sync by hand. On a terminal, it asks about a plan that the gate would hold. */
export function optionsByHand(session: Session, args: Arguments, trigger: string): SyncOptions {
  const { terminal, progress } = session;
  let shown: Plan | undefined;
  return {
    trigger,
    attended: true,
    only: namedInstances(args),
    retry: flag(args, "retry"),
    ...gateOf(args),
    signal: session.io.stopSignal(),
    lockWaitMs: LOCK_WAIT_MS,
    confirm: async (held, verdict) => {
      if (flag(args, "yes")) return true;
      if (!terminal.interactive || terminal.json) return false;
      progress.stop();
      if (shown !== undefined && shown.digest !== held.digest) {
        terminal.alert("Git or the host has changed meanwhile, so the plan has changed too:");
        for (const line of planChanges(shown, held)) terminal.alert(`  ${line}`);
      }
      shown = held;
      printPlan(terminal, held, verdict);
      return terminal.ask("Apply this plan?");
    },
  };
}

/** Reads from the options what the person says about the gate. Throws what `forceOf` throws. */
export function gateOf(args: Arguments): PersonsWord {
  return {
    force: forceOf(args),
    allowEmpty: flag(args, "allowEmpty"),
    allowPrune: flag(args, "allowPrune"),
  };
}

/**
 * Reads `--force --reason TEXT`. Throws if one is given without the other, so call it before anything else.
 */
export function forceOf(args: Arguments): { reason: string } | undefined {
  const reason = givenReason(args);
  if (!flag(args, "force")) {
    if (reason === undefined) return undefined;
    const message = "--reason says why --force overrides the gate, and there is no --force";
    throw new QuadgateError("bad-usage", message, {
      hint: "leave --reason out, or add --force to override the gate",
    });
  }
  if (reason) return { reason };
  throw new QuadgateError("bad-usage", "--force needs --reason TEXT", {
    hint: 'say why, for the record: --force --reason "disk is being replaced"',
  });
}

/** Prints the outcome of a sync and returns its exit code. */
export function finish({ terminal, progress }: Session, report: SyncReport): ExitCode {
  progress.stop();
  noteIssues(terminal, report.plan.issues);
  noteWarnings(terminal, report.plan.warnings);
  if (terminal.json) terminal.printJson(syncDocument(report));
  else {
    printSync(terminal, report);
    if (report.verdict.state !== "open") printVerdict(terminal, report.verdict);
  }
  return exitCodeOf(report);
}

/**
 * The exit code that the documentation promises. What git says wrong comes first, whatever else happened;
 * what the host lacks comes last.
 */
function exitCodeOf({ result, record, plan, desired, failedBefore }: SyncReport): ExitCode {
  if (desired.issues.length > 0) return 1;
  const isOver = result === "in-sync" || result === "applied" || result === "held" || result === "blocked";
  if (!isOver || failedBefore.length > 0 || unsettledIn(record).length > 0) return 4;
  if (result === "held" || result === "blocked") return 3;
  return plan.issues.length > 0 ? 1 : 0;
}
