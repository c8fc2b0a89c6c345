import type { DriftReport, DriftStatus, FieldDrift, InstanceDrift } from "../../model/drift.ts";
import { describeSuspension } from "../../model/suspension.ts";
import type { Terminal } from "../terminal.ts";
import { count, shortRevision, unitTitle, wrap } from "./phrases.ts";

const MARKS = { match: "✓", drift: "✗", warning: "⚠" } as const satisfies Record<DriftStatus, string>;
const NAME_WIDTH = 48;

/** Prints the audit by instance: what matches, what differs and why, and what to do about it. */
export function printDrift(terminal: Terminal, report: DriftReport): void {
  const { instances, match, drift, warning } = report.summary;
  const at = report.revision === null ? "" : ` at ${shortRevision(report.revision)}`;
  const parts = [`${match} match`, `${drift} drift`, `${warning} warning`];
  const summary = `${count(instances, "instance")}${at}: ${parts.join(", ")}`;
  // Writing thousands of lines one by one would take longer than the comparison.
  const lines = report.instances.flatMap((instance) => instanceLines(terminal, instance));
  terminal.print([...lines, summary].join("\n"));
}

function instanceLines(terminal: Terminal, instance: InstanceDrift): readonly string[] {
  const { colours } = terminal;
  const paint = painter(terminal, instance.status);
  const suspended = instance.suspended && `  suspended ${describeSuspension(instance.suspended)}`;
  const containers = instance.units.filter((unit) => unit.unit.endsWith(".container"));
  const units = instance.units.flatMap((unit) => {
    // What runs is shown in full; networks, volumes and files only when there is something to say.
    const isContainer = containers.includes(unit);
    if (unit.status === "match" && !isContainer && !terminal.verbose) return [];
    const title = !isContainer || containers.length > 1 ? [colours.dim(`  ${unitTitle(unit)}`)] : [];
    return [...title, ...unit.fields.map((field) => fieldText(terminal, field))];
  });
  const suggestions = new Set(instance.units.flatMap((unit) => unit.suggestions));
  return [
    `${colours.bold(instance.instance.padEnd(NAME_WIDTH))}  ${paint(instance.status)}`,
    ...(suspended === undefined ? [] : [colours.yellow(suspended)]),
    ...units,
    ...[...suggestions].map((suggestion) => `  -> ${colours.cyan(suggestion)}`),
  ];
}

function fieldText(terminal: Terminal, field: FieldDrift): string {
  // A match with a message was either not compared, or differs in a way that is allowed.
  const open = field.status === "match" && field.message !== undefined;
  const mark = open ? terminal.colours.dim("·") : painter(terminal, field.status)(MARKS[field.status]);
  const name = field.field.padEnd(12);
  const text = wrap(describe(field), terminal.width - name.length - 5, "");
  return `  ${mark} ${name} ${text.replaceAll("\n", `\n${" ".repeat(name.length + 5)}`)}`;
}

function describe(field: FieldDrift): string {
  const because = field.message ?? "";
  const values = `${field.desired || "none"} declared, ${field.live || "none"} live`;
  if (field.status === "match" && because === "") return field.desired;
  // What is only loaded is as it should be in any state, and has more to tell.
  if (field.status === "match" && field.field === "state" && field.desired === "loaded")
    return `${field.live} (${because})`;
  if (field.cause === "unobservable" && field.status === "match") return `${field.desired} (${because})`;
  if (field.status === "warning") return because || values;
  return because === "" ? values : `${values} (${because})`;
}

function painter({ colours }: Terminal, status: DriftStatus): (text: string) => string {
  return { match: colours.green, drift: colours.red, warning: colours.yellow }[status];
}
