import { type CommitResult, commitDraft, withDependencies, withUncommitted } from "../../authoring/deploy.ts";
import { checkDraft, checkPrerequisites, type Draft, withDraft } from "../../authoring/draft.ts";
import { QuadgateError } from "../../model/errors.ts";
import { unsettledIn } from "../../model/record.ts";
import type { Tree } from "../../model/tree.ts";
import type { RenderedState } from "../../planning/desired.ts";
import { readTree } from "../../planning/head.ts";
import type { Observation } from "../../planning/host-plan.ts";
import { CHECK_GRACE_MS, validateInstances } from "../../planning/live-checks.ts";
import { type PersonsWord, planTree } from "../../planning/preview.ts";
import { reconcile, type SyncReport } from "../../sync/reconcile.ts";
import { findCheckout } from "../authoring/checkout.ts";
import { completeDraft } from "../authoring/draft.ts";
import { addManifestOptions, manifestRequest } from "../authoring/options.ts";
import { explainFailure, printDeployed } from "../authoring/report.ts";
import { DeploySteps } from "../authoring/steps.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session } from "../command.ts";
import { planDocument, syncDocument } from "../json.ts";
import { checkDocument } from "../text/checks.ts";
import { count } from "../text/phrases.ts";
import { noteIssues, noteWarnings, printPlan } from "../text/plan.ts";
import { finish, gateOf, optionsByHand } from "./reconcile.ts";

export const command: Command = {
  configure: (command) =>
    addManifestOptions(command)
      .option("--dry-run", "show the manifest and the plan; commit and change nothing")
      .option("--yes", "confirm a plan that the gate would hold")
      .option("--force", "apply regardless of score, risk and windows; needs --reason")
      .option("--reason <text>", "why the gate is overridden by --force; recorded"),
  async run(session, args) {
    const { host, terminal, progress } = session;
    const gate = gateOf(args);
    const steps = new DeploySteps(terminal, progress, () => host.clock.ticks());
    const deploying: Session = {
      ...session,
      context: { ...session.context, emit: flag(args, "dryRun") ? progress.emit : steps.emit },
    };
    let committed: CommitResult | undefined;
    try {
      const drafted = await completed(session, args, steps);
      if (flag(args, "dryRun")) return await dryRun(deploying, await checked(session, drafted, steps), gate);
      let prepared: PreparedDraft | undefined;
      // One lock covers the observation and the decision, so that the sync can use the observation.
      const begin = async () => {
        prepared = await checked(session, drafted, steps);
        const { tree, draft, checkout } = drafted;
        committed = await steps.during(2, () => commitDraft(session.context, tree, draft, checkout));
        return { only: prepared.only, observed: prepared.observed };
      };
      const options = optionsByHand(deploying, { ...args, words: [] }, "deploy");
      const report = await reconcile(deploying.context, { ...options, begin });
      if (prepared === undefined || committed === undefined) throw new Error("the sync has not begun");
      return await conclude(deploying, { ...prepared, committed, steps, report });
    } catch (error) {
      // A wrong call has not begun anything.
      if (error instanceof QuadgateError && error.reason === "bad-usage" && !committed) throw error;
      steps.fail();
      if (committed !== undefined) steps.end();
      explainFailure(session, { steps, committed, name: args.words[0] ?? "", why: undefined });
      throw error;
    }
  },
};

interface CompleteDraft {
  /** The tree of the head, with the manifest of the checkout if that is not committed yet. */
  readonly tree: Tree;
  readonly checkout: string | undefined;
  readonly draft: Draft;
  /** The text of the manifest at the head. */
  readonly known: string | undefined;
}

interface PreparedDraft extends CompleteDraft {
  readonly desired: RenderedState;
  /** The instances of the draft, and all that they depend on. */
  readonly only: ReadonlySet<string>;
  readonly observed: Observation;
}

/** Drafts the manifest. On a terminal, asks for what is missing. Writes nothing. */
async function completed(session: Session, args: Arguments, steps: DeploySteps): Promise<CompleteDraft> {
  const { context, progress } = session;
  const request = manifestRequest(args);
  const head = await steps.during(1, () => readTree(context, undefined));
  const checkout = await findCheckout(session);
  const tree = await steps.during(1, () => withUncommitted(context, head, checkout, request.name));
  const draft = await steps.during(1, () => completeDraft(session, tree, request));
  progress.stop();
  if (draft.pattern) steps.detail(1, draft.pattern.name);
  return { tree, checkout, draft, known: head.files.get(draft.file) };
}

/** Checks the draft, its units, and what the host must have for them. Writes nothing. */
async function checked(
  { context }: Session,
  drafted: CompleteDraft,
  steps: DeploySteps,
): Promise<PreparedDraft> {
  const { tree, draft } = drafted;
  const desired = await steps.during(2, () => checkDraft(context, tree, draft));
  const units = desired.units.filter((unit) => draft.instances.includes(unit.instance));
  const routes = draft.instances.flatMap((name) => desired.described.get(name)?.route?.url ?? []);
  steps.detail(2, draft.file);
  steps.detail(4, count(units.length, "file"));
  steps.detail(5, routes.join(", ") || "none");
  if (desired.settings.docsDir === undefined) steps.detail(10, "off (docsDir)");
  const only = withDependencies(desired.state, draft.instances);
  const observed = await steps.during(6, () => checkPrerequisites(context, desired, draft, only));
  return { ...drafted, desired, only, observed };
}

async function dryRun(
  { context, terminal, progress, io }: Session,
  { tree, draft, only, known }: PreparedDraft,
  gate: PersonsWord,
): Promise<ExitCode> {
  const { plan, verdict } = await planTree(context, withDraft(tree, draft), {
    only,
    retry: true,
    gate,
    signal: io.stopSignal(),
  });
  progress.stop();
  const { file, text } = draft;
  if (terminal.json) {
    terminal.printJson({
      ...planDocument(plan, verdict),
      manifest: { file, text, changed: text !== known },
    });
  } else {
    noteIssues(terminal, plan.issues);
    noteWarnings(terminal, plan.warnings);
    const state =
      known === undefined ? "new, not committed" : known === text ? "as committed" : "changed, not committed";
    terminal.print(`${terminal.colours.bold(`--- ${file}`)} (${state})\n${text}`);
    printPlan(terminal, plan, verdict);
  }
  return plan.changes.some(({ action }) => action !== "none") ? 2 : 0;
}

interface ConcludedDraft extends PreparedDraft {
  readonly committed: CommitResult;
  readonly steps: DeploySteps;
  readonly report: SyncReport;
}

async function conclude(
  session: Session,
  { draft, committed, steps, report }: ConcludedDraft,
): Promise<ExitCode> {
  const { terminal } = session;
  const { documents } = report;
  // If the sync finds that the host lacks something, it leaves the instance alone.
  const left = draft.instances.flatMap((name) => report.plan.leftAlone.get(name) ?? []);
  if (left.length > 0) steps.failAfterwards(left.some(({ code }) => code === "image-unavailable") ? 8 : 6);
  const isDone = report.result === "applied" || report.result === "in-sync";
  // A check of what is down would only wait.
  const bad = left.length > 0 || !isDone || unsettledIn(report.record).length > 0;
  if (bad) steps.failAfterwards(9);
  const grace = CHECK_GRACE_MS.deployed;
  const checks = bad ? [] : await validateInstances(session.context, report.desired, draft.instances, grace);
  const results = steps.end();
  const told = draft.instances.flatMap((name) => report.desired.described.get(name) ?? []);
  const checklist = told.flatMap(({ after }) => after);
  if (terminal.json) {
    const { file } = draft;
    const deployment = {
      manifest: file,
      commit: committed.revision,
      steps: results,
      checks: checks.map(checkDocument),
      checklist,
      documents,
    };
    terminal.printJson({ ...syncDocument(report), deployment });
    return finish({ ...session, terminal: { ...terminal, printJson: () => undefined } }, report);
  }
  const code = finish(session, report);
  if (bad) explainFailure(session, { steps, committed, name: draft.name, why: report });
  else printDeployed(terminal, { told, checks, documents, committed });
  return code;
}
