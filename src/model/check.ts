import type { ValidationCheck } from "./pattern-guide.ts";

/** The kinds of checks that quadgate runs itself. */
type CheckKind = Exclude<ValidationCheck["check"], "manual">;

interface Base {
  readonly check: CheckKind;
  /** What holds when the check passes. */
  readonly description: string;
  /** Unit.name of the container that it is about. */
  readonly unit: string;
}

/** A pattern's check with an instance's real values. */
export type InstanceCheck =
  | (Base & { readonly check: "command"; readonly command: readonly string[]; readonly expect?: string })
  | (Base & { readonly check: "tcp"; readonly port: number })
  | (Base & {
      readonly check: "http";
      readonly port: number;
      readonly path: string;
      readonly status: readonly number[];
    })
  | (Base & {
      readonly check: "route";
      /** null where the instance has no route. */
      readonly hostname: string | null;
      readonly path: string;
      readonly status: readonly number[];
    })
  | (Base & { readonly check: "no-log"; readonly match: string })
  /** The pattern's text cannot be made into a check. */
  | (Base & { readonly problem: string });

export interface CommonIssue {
  readonly symptom: string;
  readonly cause: string;
  readonly fix: string;
}

/** What came of a check. */
export interface CheckResult {
  readonly instance: string;
  readonly check: CheckKind;
  readonly description: string;
  readonly status: "passed" | "failed" | "not-checked";
  /** What was seen; of one that was not checked, why. */
  readonly message: string;
  readonly durationMs: number;
  /** A line of the service's own that tells more. It may hold anything: for a person's eyes, never to be stored. */
  readonly said?: string;
  /** The command that shows more of what it was about. */
  readonly look: string;
  /** The pattern's common issues that a failure looks like. */
  readonly issues: readonly CommonIssue[];
}

export type CheckCounts = Readonly<Record<CheckResult["status"], number>>;
