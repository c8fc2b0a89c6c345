import { formatIssue, type Issue } from "../../model/issue.ts";
import {
  type Action,
  type Change,
  describeSummary,
  instancesInError,
  type Plan,
  type Reason,
  type Risk,
  type Verdict,
} from "../../model/plan.ts";
import type { Colours, Terminal } from "../terminal.ts";
import { count, shortRevision, wrap } from "./phrases.ts";

const SIGNS = { create: "+", update: "~", restart: "↻", delete: "-", none: " " } as const satisfies Record<
  Action,
  string
>;

function paint(colours: Colours, action: Action): (text: string) => string {
  const paints = {
    create: colours.green,
    update: colours.yellow,
    restart: colours.yellow,
    delete: colours.red,
    none: colours.dim,
  };
  return paints[action];
}

/** Prints what a sync would do and why, unit by unit, then the gate. */
export function printPlan(terminal: Terminal, plan: Plan, verdict: Verdict | null): void {
  const shown = plan.changes.filter((change) => change.action !== "none");
  const noted = plan.changes.filter((change) => change.action === "none" && change.reasons.length > 0);
  terminal.print(`Plan for ${terminal.colours.bold(plan.host)} at ${shortRevision(plan.revision)}`);
  for (const change of [...shown, ...noted]) printChange(terminal, change);
  terminal.print(summaryLine(plan));
  if (verdict && shown.length > 0) printVerdict(terminal, verdict);
}

function printChange(terminal: Terminal, change: Change): void {
  const colour = paint(terminal.colours, change.action);
  const adopted = change.reasons.some(({ code }) => code === "adopted");
  const action = change.action === "none" ? (adopted ? "adopt" : "leave") : change.action;
  terminal.print(colour(`  ${SIGNS[change.action]} ${action.padEnd(7)} ${change.unit}`));
  for (const why of change.reasons) terminal.print(reasonText(terminal, why, "      "));
  for (const { path, from, to } of change.diff) {
    terminal.print(terminal.colours.dim(`      ${path}: ${from ?? "(none)"} -> ${to ?? "(none)"}`));
  }
}

/** A reason with its code, wrapped to the width of the terminal. */
function reasonText({ colours, width }: Terminal, { code, message }: Reason, indent: string): string {
  const text = wrap(`${indent}${message} [${code}]`, width, indent);
  const end = text.length - code.length - 2;
  return text.slice(0, end) + colours.dim(text.slice(end));
}

/** `2 to create, 1 to update, 5 unchanged.`, or that there is nothing to do. */
function summaryLine(plan: Pick<Plan, "summary" | "leftAlone" | "changes">): string {
  const { none } = plan.summary;
  const work = describeSummary(plan.summary);
  const left = instancesInError(plan);
  if (work !== "") return `${work}, ${none} unchanged.`;
  if (left > 0) return `Nothing to do except for ${count(left, "instance")} with errors.`;
  const waiting = plan.changes.filter(waitsForJob).length;
  if (waiting > 0) return `Nothing to do until a job has ended; ${count(waiting, "unit")} not as git wants.`;
  const apart = plan.changes.filter(
    ({ instance, action }) => action === "none" && plan.leftAlone.has(instance),
  );
  const asWanted = none - apart.length;
  const except = apart.length > 0 ? `, ${apart.length} left alone` : "";
  return `Nothing to do: ${count(asWanted, "unit")} as git wants ${asWanted === 1 ? "it" : "them"}${except}.`;
}

function waitsForJob({ reasons }: Change): boolean {
  return reasons.some(({ code }) => code === "job-running");
}

/** Prints the gate's state, score and reasons, and the plan's risk. */
export function printVerdict(terminal: Terminal, verdict: Verdict): void {
  const { colours } = terminal;
  const paintState = { open: colours.green, held: colours.yellow, blocked: colours.red }[verdict.state];
  const score = verdict.score === null ? "" : ` (health score ${verdict.score}, ${verdict.band})`;
  terminal.print(`Gate: ${paintState(verdict.state)}${score}`);
  for (const why of verdict.reasons) terminal.print(reasonText(terminal, why, "  "));
  printRisk(terminal, verdict.risk);
}

function printRisk(terminal: Terminal, { level, terms }: Risk): void {
  const { colours } = terminal;
  const paintLevel = { low: colours.green, medium: colours.yellow, high: colours.red }[level];
  terminal.print(`Risk: ${paintLevel(level)}`);
  for (const { code, message, weight } of terms)
    terminal.print(reasonText(terminal, { code: `${code} +${weight}`, message }, "  "));
}

/** Prints every problem of the input to stderr. */
export function noteIssues({ note, colours }: Terminal, issues: readonly Issue[]): void {
  for (const issue of issues) note(`${colours.red("error:")} ${formatIssue(issue)}`);
}

/** Prints warnings to stderr. */
export function noteWarnings({ note, colours }: Terminal, warnings: readonly Issue[]): void {
  for (const issue of warnings) note(`${colours.yellow("warning:")} ${formatIssue(issue)}`);
}
