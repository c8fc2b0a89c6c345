import { formatIssue, type Issue } from "./issue.ts";

/** What to do about a class of failure: one row for each reason, complete by type. */
interface FailureClass {
  readonly exitCode: 1 | 3 | 4;
  /** Value of the `reason` label in metrics. */
  readonly metric: string;
  /** Whether the daemon may try again by itself although nothing has changed. */
  readonly retry: boolean;
}

export const FAILURES = {
  "bad-input": { exitCode: 1, metric: "input", retry: false },
  "bad-settings": { exitCode: 1, metric: "settings", retry: false },
  "bad-usage": { exitCode: 1, metric: "usage", retry: false },
  "source-unreachable": { exitCode: 1, metric: "source", retry: true },
  "revision-unknown": { exitCode: 1, metric: "source", retry: false },
  "revert-conflict": { exitCode: 1, metric: "source", retry: false },
  "commit-failed": { exitCode: 1, metric: "source", retry: false },
  "command-failed": { exitCode: 1, metric: "host", retry: true },
  "no-answer": { exitCode: 1, metric: "host", retry: true },
  "command-missing": { exitCode: 1, metric: "host", retry: false },
  "state-unreadable": { exitCode: 1, metric: "state", retry: false },
  "state-unwritable": { exitCode: 1, metric: "state", retry: true },
  locked: { exitCode: 1, metric: "locked", retry: true },
  interrupted: { exitCode: 1, metric: "interrupted", retry: true },
} as const satisfies Record<string, FailureClass>;

export type FailureReason = keyof typeof FAILURES;

/**
 * A failure that a person can act on: it says what failed, why, and what to do next. Everything else that is
 * thrown is a defect of quadgate itself.
 */
export class QuadgateError extends Error {
  readonly reason: FailureReason;
  /** What to do next, as a sentence or a command. */
  readonly hint: string | undefined;

  constructor(reason: FailureReason, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "QuadgateError";
    this.reason = reason;
    this.hint = options.hint;
  }
}

/** Bad input, with every issue that was found. */
export class InputError extends QuadgateError {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super("bad-input", issues.map(formatIssue).join("\n"));
    this.name = "InputError";
    this.issues = issues;
  }
}

/** A command that ran and failed. `stderr` is shown to people: commands never take secrets as arguments. */
export class CommandError extends QuadgateError {
  readonly command: string;
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(command: string, exitCode: number | undefined, stderr: string, hint?: string) {
    const detail = stderr.trim() || (exitCode === undefined ? "killed" : `exit status ${exitCode}`);
    super("command-failed", `${command}: ${detail}`, hint === undefined ? {} : { hint });
    this.name = "CommandError";
    this.command = command;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}
