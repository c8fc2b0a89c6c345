import { Command as Commander, CommanderError, Option } from "commander";
import { stackOf } from "../lib/error-message.ts";
import { FAILURES, InputError, QuadgateError } from "../model/errors.ts";
import { formatIssue } from "../model/issue.ts";
import type { Arguments, Command, ExitCode } from "./command.ts";
import { COMMANDS, findCommand, withCurrentName } from "./command-table.ts";
import type { Io } from "./io.ts";
import { openSession } from "./session.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

/** Runs the command that the words name. Every error becomes a message on stderr and an exit code. */
export async function runCli(io: Io, words: readonly string[]): Promise<number> {
  const found = findCommand(words);
  const loaded = found ? (await found[1].load()).command : undefined;
  let exitCode = 0;
  const program = buildProgram(io, found?.[0], loaded, async (command, args) => {
    exitCode = await runCommand(io, command, args);
  });
  try {
    await program.parseAsync(withCurrentName(words), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : FAILURES["bad-usage"].exitCode;
  }
  return exitCode;
}

function buildProgram(
  io: Io,
  chosen: string | undefined,
  command: Command | undefined,
  run: (command: Command, args: Arguments) => Promise<void>,
): Commander {
  const program = new Commander("quadgate")
    .description("GitOps for Podman Quadlets, gated on the health of the host.")
    .version(io.version, "--version", "print the version")
    .exitOverride()
    .showHelpAfterError("(add --help for the options)")
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const [name, { summary, alias }] of Object.entries(COMMANDS)) {
    const sub = program
      .command(name)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
      .summary(summary);
    if (alias) sub.alias(alias);
    if (name !== chosen || !command) continue;
    addCommonOptions(sub, command.outputs);
    command.configure(sub);
    sub.action((...parameters: unknown[]) => {
      const self = parameters.at(-1) as Commander;
      return run(command, { options: self.opts(), words: self.args });
    });
  }
  return program;
}

function addCommonOptions(command: Commander, outputs: readonly string[] = []): void {
  const options = [
    new Option("--config <file>", "settings file instead of the default one"),
    new Option("--repository <path-or-url>", "the git repository"),
    new Option("--branch <name>", "the branch to follow"),
    new Option("--path <folder>", "the folder in the repository that holds desired-state/"),
    new Option("--host <name>", "act as the host of this name"),
    new Option("--unit-dir <folder>", "where Quadlet sources are written"),
    new Option("--state-dir <folder>", "where quadgate keeps its state"),
    new Option("--system", "the rootful view, whichever user asks"),
    new Option("--output <format>", "how to print the result")
      .choices(["text", "json", ...outputs])
      .default("text"),
    new Option("--no-color", "print no colours"),
    new Option("--verbose", "say more"),
    new Option("--quiet", "print only the result"),
  ];
  for (const option of options) command.addOption(option.helpGroup("Common options:"));
}

async function runCommand(io: Io, command: Command, args: Arguments): Promise<ExitCode> {
  const terminal = createTerminal(io, {
    json: args.options.output === "json",
    quiet: args.options.quiet === true,
    verbose: args.options.verbose === true,
    colour: args.options.color !== false,
  });
  try {
    const session = await openSession(io, terminal, args);
    if (!command.logs)
      for (const warning of session.warnings)
        terminal.note(`${terminal.colours.yellow("warning:")} ${warning}`);
    try {
      return await command.run(session, args);
    } finally {
      session.progress.stop();
    }
  } catch (error) {
    return report(terminal, error);
  }
}

const OF_HOST = [
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ELOOP",
  "ENAMETOOLONG",
];

/**
 * Whether a system call failed because of the host, which is not a defect. The message names call and path.
 */
function isOfHost(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && "syscall" in error && "code" in error && OF_HOST.includes(String(error.code))
  );
}

/** A known error prints what failed, why, and what to do. A defect prints its stack, for the bug report. */
function report(terminal: Terminal, error: unknown): ExitCode {
  const prefix = terminal.colours.red("error:");
  const write = terminal.alert;
  if (error instanceof InputError) for (const issue of error.issues) write(`${prefix} ${formatIssue(issue)}`);
  else if (error instanceof QuadgateError) {
    write(`${prefix} ${error.message}`);
    if (error.hint !== undefined) write(`  ${error.hint}`);
  } else if (isOfHost(error)) {
    write(`${prefix} ${error.message}`);
    write("  check the owner and mode of that path, and the free space");
  } else {
    write(`${prefix} a defect in quadgate: ${stackOf(error)}`);
  }
  if (terminal.verbose && error instanceof Error && error.cause) write(`  cause: ${String(error.cause)}`);
  return error instanceof QuadgateError ? FAILURES[error.reason].exitCode : 1;
}
