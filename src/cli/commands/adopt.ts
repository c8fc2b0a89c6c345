import { type AdoptedUnit, type Adoption, adopt, adoptable, proposeAdoption } from "../../authoring/adopt.ts";
import { QuadgateError } from "../../model/errors.ts";
import { type Arguments, type Command, type ExitCode, flag, type Session } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { count, shortRevision, wrap } from "../text/phrases.ts";

const LOCK_WAIT_MS = 60_000;

export const command: Command = {
  configure: (command) =>
    command
      .argument("[unit...]", "units or instances; without any, list what can be adopted")
      .option("--all", "every unit that is not managed yet")
      .option("--dry-run", "show what it would do, and do nothing")
      .option("--yes", "do it without asking")
      .option("--plain-secrets", "commit units even if they hold secrets in plain text"),
  async run(session, args) {
    const { context, progress } = session;
    const names = flag(args, "all") ? await adoptable(context) : args.words;
    if (names.length === 0) return list(session, await adoptable(context));
    const adoption = await proposeAdoption(context, names);
    progress.stop();
    if (flag(args, "dryRun")) {
      show(session, adoption);
      return 2;
    }
    if (!session.terminal.json) show(session, adoption);
    refuseSecrets(adoption, args);
    if (!(await confirmed(session, args))) {
      session.terminal.note("Nothing was adopted.");
      return 1;
    }
    const revision = await adopt(context, names, adoption.digest, LOCK_WAIT_MS);
    progress.stop();
    return conclude(session, adoption, revision);
  },
};

function list({ terminal, progress }: Session, units: readonly string[]): ExitCode {
  progress.stop();
  if (terminal.json) terminal.printJson({ schemaVersion: 1, units });
  else if (units.length === 0) terminal.print("Every Quadlet in the unit directory is managed already.");
  else {
    for (const unit of units) terminal.print(unit);
    terminal.note(`${count(units.length, "unit")} not managed yet. Next: quadgate adopt UNIT..., or --all`);
  }
  return 0;
}

function show({ terminal }: Session, { units, digest }: Adoption): void {
  if (terminal.json) {
    terminal.printJson({ schemaVersion: 1, digest, units });
    return;
  }
  for (const unit of units) {
    const needed = unit.neededBy === null ? "" : ` (needed by ${unit.neededBy})`;
    terminal.print(`  + ${unit.unit}${needed}`);
    for (const line of remarks(unit)) terminal.print(wrap(`      ${line}`, terminal.width, "        "));
  }
  terminal.print(`${count(units.length, "file")} to commit and to take over; nothing is restarted.`);
  terminal.note("Other hosts that follow this folder of the repository get them, too, at their next sync.");
}

function remarks({ file, state, symlink, plainSecrets, pending, overrides }: AdoptedUnit): readonly string[] {
  return [
    state === null ? `to ${file}` : `to ${file}, its service is ${state}`,
    ...(symlink ? ["is a symbolic link; a file with the same text takes its place"] : []),
    ...plainSecrets.map(({ line, name }) => `line ${line}: ${name} is a secret in plain text`),
    ...overrides,
    ...pending.map((message) => `the next sync acts on it: ${message}`),
  ];
}

function refuseSecrets({ units }: Adoption, args: Arguments): void {
  if (flag(args, "plainSecrets")) return;
  const found = units.flatMap(({ unit, plainSecrets }) =>
    plainSecrets.map(({ line, name }) => `${unit}:${line}: ${name}`),
  );
  if (found.length === 0) return;
  throw new QuadgateError("bad-usage", `secrets in plain text would go into git: ${found.join(", ")}`, {
    hint: "make them podman secrets (Secret=NAME,type=env,target=KEY), or add --plain-secrets",
  });
}

async function confirmed({ terminal }: Session, args: Arguments): Promise<boolean> {
  if (flag(args, "yes")) return true;
  if (terminal.interactive && !terminal.json) return terminal.ask("Adopt them?");
  throw new QuadgateError(
    "bad-usage",
    "adopting needs a confirmation, and there is no terminal to ask for it",
    {
      hint: "add --yes, or look first with --dry-run",
    },
  );
}

function conclude({ terminal }: Session, { units }: Adoption, revision: string): ExitCode {
  if (terminal.json) terminal.printJson({ schemaVersion: 1, revision, units });
  else print(terminal, units.length, revision);
  return 0;
}

function print(terminal: Terminal, files: number, revision: string): void {
  terminal.print(`Adopted ${count(files, "file")} in ${shortRevision(revision)}. Nothing was restarted.`);
  terminal.note("From now on, change them in git. Compare them with the host: quadgate drift");
}
