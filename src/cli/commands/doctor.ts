import { examine, type Finding } from "../../inspect/doctor.ts";
import { examineInstances } from "../../inspect/doctor-instance.ts";
import type { CheckResult } from "../../model/check.ts";
import type { Command, Session } from "../command.ts";
import { workingTree } from "../read-arguments.ts";
import type { Terminal } from "../terminal.ts";
import { checkDocument, printChecks } from "../text/checks.ts";
import { columns } from "../text/columns.ts";

const MARKS = { ok: "✓", warning: "⚠", failed: "✗" } as const;

export const command: Command = {
  configure: (command) =>
    command
      .argument("[instance...]", "check what these instances or stacks need, instead of quadgate itself")
      .option("--working-tree [folder]", "a checkout as it is, uncommitted changes included"),
  run: async (session, args) =>
    args.words.length === 0
      ? checkHost(session)
      : checkInstances(session, args.words, await workingTree(session, args)),
};

async function checkHost({ context, terminal, progress }: Session): Promise<0 | 1> {
  const checks = await examine(context);
  progress.stop();
  const ready = isReady(checks);
  if (terminal.json) terminal.printJson({ schemaVersion: 1, ready, checks });
  else {
    printFindings(terminal, checks);
    verdict(terminal, ready, "This host can run quadgate.", "This host cannot run quadgate yet.");
  }
  return ready ? 0 : 1;
}

async function checkInstances(
  { context, terminal, progress }: Session,
  names: readonly string[],
  folder: string | undefined,
): Promise<0 | 1> {
  const found = await examineInstances(context, names, folder);
  progress.stop();
  const instances = found.map((one) => ({ ...one, ready: isReady(one.checks) }));
  const ready = instances.every((one) => one.ready);
  const isWell = instances.every(({ validation }) => validation?.some(isFailed) !== true);
  const code = ready && isWell ? 0 : 1;
  if (terminal.json) {
    const rows = instances.map(({ instance, ready: own, checks, validation }) => ({
      instance,
      ready: own,
      checks,
      validation: validation?.map(checkDocument) ?? null,
    }));
    terminal.printJson({ schemaVersion: 1, ready, instances: rows });
    return code;
  }
  for (const { instance, ready: own, checks, validation } of instances) {
    terminal.print(terminal.colours.bold(instance));
    printFindings(terminal, checks);
    verdict(terminal, own, `${instance} can be deployed.`, `${instance} cannot be deployed yet.`);
    printChecks(terminal, instance, validation ?? []);
  }
  return code;
}

const isFailed = ({ status }: CheckResult): boolean => status === "failed";

const isReady = (checks: readonly Finding[]): boolean => checks.every(({ status }) => status !== "failed");

function printFindings(terminal: Terminal, checks: readonly Finding[]): void {
  const { colours } = terminal;
  const paints = { ok: colours.green, warning: colours.yellow, failed: colours.red };
  terminal.print(
    columns(checks.map(({ check, status, message }) => [paints[status](MARKS[status]), check, message])),
  );
  for (const { check, fix } of checks)
    if (fix !== undefined) terminal.print(`  -> ${check}: ${colours.cyan(fix)}`);
}

function verdict({ print, colours }: Terminal, ready: boolean, yes: string, no: string): void {
  print(ready ? colours.green(yes) : colours.red(no));
}
