import type { CommitResult } from "../../authoring/deploy.ts";
import type { CheckResult } from "../../model/check.ts";
import type { InstanceDescription } from "../../model/described.ts";
import type { Reason } from "../../model/plan.ts";
import { unsettledIn } from "../../model/record.ts";
import type { SyncReport } from "../../sync/reconcile.ts";
import type { Session } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { printChecks } from "../text/checks.ts";
import { shortRevision } from "../text/phrases.ts";
import { type DeploySteps, STEP_COUNT } from "./steps.ts";

interface DeployReport {
  readonly told: readonly InstanceDescription[];
  readonly checks: readonly CheckResult[];
  readonly documents: readonly string[];
  readonly committed: CommitResult;
}

/** Prints the results of the checks, and each pattern's checklist with the real values of the instance. */
export function printDeployed(
  terminal: Terminal,
  { told, checks, documents, committed }: DeployReport,
): void {
  for (const { instance, route, after } of told) {
    const own = checks.filter((one) => one.instance === instance);
    if (route) terminal.print(`${instance} is at ${route.url}`);
    printChecks(terminal, instance, own);
    if (own.some(({ status }) => status === "failed")) {
      const again = `quadgate doctor ${instance}`;
      terminal.note(
        `${terminal.colours.yellow("warning:")} the deployment stands; repeat the checks with: ${again}`,
      );
    }
    if (after.length === 0) continue;
    terminal.print(terminal.colours.bold(`After the deployment of ${instance}:`));
    for (const item of after) terminal.print(`  [ ] ${item}`);
  }
  for (const path of documents) terminal.note(`written: ${path}`);
  for (const line of whereCommitted(committed)) terminal.note(line);
}

function whereCommitted({ revision, changed, checkout }: CommitResult): readonly string[] {
  const at = shortRevision(revision);
  if (!changed) return [];
  if (checkout?.state === "there") return [`committed: ${at} in ${checkout.folder}; pushing it is up to you`];
  if (checkout?.state !== "behind") return [`committed: ${at}, and pushed`];
  return [
    `committed: ${at}, and pushed`,
    `${checkout.folder} does not have it yet; there, on the branch that was pushed to, run: ` +
      "git pull --rebase --autostash",
  ];
}

/** Says which step failed, what the state is now, and how to go on or back. */
export function explainFailure(
  { terminal }: Session,
  failure: {
    readonly steps: DeploySteps;
    readonly committed: CommitResult | undefined;
    readonly name: string;
    /** Absent if an error ended the deployment; that error is reported separately. */
    readonly why: SyncReport | undefined;
  },
): void {
  const { steps, committed, name, why } = failure;
  const { failed } = steps;
  if (failed === undefined) return;
  const { colours } = terminal;
  terminal.note(colours.red(`Step ${failed.number} of ${STEP_COUNT} failed: ${failed.title}.`));
  for (const { unit, message } of why?.outcomes.filter(({ outcome }) => outcome === "failed") ?? []) {
    terminal.note(`  why:     ${unit}: ${message?.trim().split("\n")[0] ?? "failed"}`);
  }
  for (const [instance, { message }] of why?.plan.leftAlone ?? []) {
    terminal.note(`  why:     ${instance}: ${message}`);
  }
  for (const { message } of unsettledOf(why)) terminal.note(`  why:     ${message}`);
  for (const line of leftInPlace(committed, why)) terminal.note(`  left:    ${line}`);
  terminal.note(
    `  go on:   ${committed ? goOn(name, why) : "fix what is named below, and run the same command again"}`,
  );
  if (committed?.changed && committed.before !== null) {
    terminal.note(`  go back: quadgate rollback ${shortRevision(committed.before)}`);
  }
}

/** Why texts that were applied do not settle for now. */
function unsettledOf(why: SyncReport | undefined): readonly Reason[] {
  return why === undefined ? [] : unsettledIn(why.record);
}

function leftInPlace(committed: CommitResult | undefined, why: SyncReport | undefined): readonly string[] {
  if (committed === undefined) return ["nothing was committed, written or started"];
  const commit = committed.changed
    ? `the manifest is committed as ${shortRevision(committed.revision)}`
    : "the manifest was committed before and is unchanged";
  return [commit, onTheHost(why)];
}

function onTheHost(why: SyncReport | undefined): string {
  if (unsettledOf(why).length > 0) return "the new text is in force on the host, and has not settled";
  switch (why?.result) {
    case "held":
    case "blocked":
      return "nothing was changed on the host";
    case "applied":
    case "in-sync":
      return "the service on the host is as it was";
    case "rolled-back":
      return "the host has its previous units back; data that was created stays";
    case "superseded":
      return "a newer text is in force on the host";
    default:
      return "the work on the host may be half done; the next sync continues it";
  }
}

function goOn(name: string, why: SyncReport | undefined): string {
  if (why?.result === "held") return `quadgate approve ${why.plan.digest.slice(0, 12)}`;
  if (unsettledOf(why).length > 0) return `start it again with: quadgate reconcile ${name}`;
  if (why?.result === "blocked") return `fix what the gate names, then: quadgate deploy ${name}`;
  return `fix it, then: quadgate deploy ${name} (with --set PATH=VALUE to change the manifest)`;
}
