import { isEmptyPlan } from "../../model/plan.ts";
import { type PersonsWord, type PlanPreview, planOnly } from "../../planning/preview.ts";
import { generationFacts } from "../../sync/in-force-facts.ts";
import { judgeInForce } from "../../sync/judge-texts.ts";
import { withOtherImages } from "../../sync/other-images.ts";
import { failedBeforeIn } from "../../sync/sync-record.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session } from "../command.ts";
import { planDocument } from "../json.ts";
import { namedInstances, workingTree } from "../read-arguments.ts";
import { heldLine } from "../text/phrases.ts";
import { noteIssues, noteWarnings, printPlan } from "../text/plan.ts";

export const command: Command = {
  configure: (command) =>
    command
      .argument("[instance...]", "only these instances")
      .option("--working-tree [folder]", "a checkout as it is, uncommitted changes included")
      .option("--retry", "also try what failed before"),
  run: (session, args) => showPlan(session, args, {}),
};

/** Shows what a sync would do, given what the person says about the gate. */
export async function showPlan(session: Session, args: Arguments, gate: PersonsWord): Promise<ExitCode> {
  const { terminal, progress, context } = session;
  const workingFolder = await workingTree(session, args);
  // A sync would put back first what has ended since the last one.
  const factsOf = generationFacts(context);
  const known = await withOtherImages(context, await context.state.readInventory(), factsOf);
  const { inventory } = await judgeInForce(context, known, factsOf);
  const only = namedInstances(args);
  const preview = await planOnly(context, {
    workingTree: workingFolder,
    inventory,
    only,
    retry: flag(args, "retry"),
    signal: session.io.stopSignal(),
    gate,
  });
  const { plan, verdict, held } = preview;
  progress.stop();
  noteIssues(terminal, plan.issues);
  noteWarnings(terminal, plan.warnings);
  if (terminal.json) terminal.printJson(planDocument(plan, verdict));
  else printPlan(terminal, plan, verdict);
  if (!terminal.json && held !== null && verdict.state === "held") terminal.print(heldLine(held));
  return exitCodeOf(preview, { only, isConfirmed: flag(args, "yes") });
}

interface Asked {
  readonly only: ReadonlySet<string> | undefined;
  /** The person confirms what the gate would hold. */
  readonly isConfirmed: boolean;
}

/** That of a sync which does this; 2 if there is something to do and nothing is in its way. */
function exitCodeOf({ plan, verdict, desired }: PlanPreview, { only, isConfirmed }: Asked): ExitCode {
  if (desired.issues.length > 0) return 1;
  if (failedBeforeIn(plan, only).length > 0) return 4;
  if (verdict.state === "blocked" || (verdict.state === "held" && !isConfirmed)) return 3;
  if (plan.issues.length > 0) return 1;
  return isEmptyPlan(plan) ? 0 : 2;
}
