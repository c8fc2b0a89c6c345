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
  /** Without the repository's own settings, which are known once it is read. */
  readonly settings: Settings;
  readonly context: Context;
  /** What is odd about how it was called, a sentence each. */
  readonly warnings: readonly string[];
}

/** Arguments as commander parsed them: options by camel-cased name, then the positional words. */
export interface Arguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** One command: one file in commands/ and one line in registry.ts. */
export interface Command {
  /** Adds arguments and options of its own; the common ones are there already. */
  readonly configure: (command: Commander) => void;
  /** What `--output` takes besides `text` and `json`. */
  readonly outputs?: readonly string[];
  /** Whether it writes a log, in which it tells the session's warnings itself. */
  readonly logs?: true;
  readonly run: (session: Session, args: Arguments) => Promise<ExitCode>;
}

/** A word option's value, or undefined. */
export function textOption(args: Arguments, name: string): string | undefined {
  const value = args.options[name];
  return typeof value === "string" ? value : undefined;
}

export function flag(args: Arguments, name: string): boolean {
  return args.options[name] === true;
}
