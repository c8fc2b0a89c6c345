import type { Command as Commander } from "commander";
import type { Host } from "../model/host.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { Context } from "../planning/context.ts";
import type { Io } from "./io.ts";
import type { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Everything a command works with. */
export interface Session {
  readonly io: Io;
  readonly terminal: Terminal;
  readonly progress: Progress;
  readonly host: Host;
  /** The settings without the repository's own, which quadgate knows only after reading it. */
  readonly settings: Settings;
  readonly context: Context;
  /** What is odd about the call, one sentence each. */
  readonly warnings: readonly string[];
}

/** Arguments as commander parses them: options by camel-cased name, and the positional words. */
export interface Arguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** One command: one file in commands/ and one row in command-table.ts. */
export interface Command {
  /** Adds the command's own arguments and options; the common ones are already there. */
  readonly configure: (command: Commander) => void;
  /** Values of `--output` besides `text` and `json`. */
  readonly outputs?: readonly string[];
  /** Whether the command writes a log. It then logs the session's warnings itself. */
  readonly logs?: true;
  readonly run: (session: Session, args: Arguments) => Promise<ExitCode>;
}

/** The value of an option that takes text, or undefined. */
export function textOption(args: Arguments, name: string): string | undefined {
  const value = args.options[name];
  return typeof value === "string" ? value : undefined;
}

export function flag(args: Arguments, name: string): boolean {
  return args.options[name] === true;
}
