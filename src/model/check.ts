import type { ValidationCheck } from "./pattern-guide.ts";

/** The kinds of checks that quadgate runs itself. */
type CheckKind = Exclude<ValidationCheck["check"], "manual">;

interface Base {
  readonly check: CheckKind;
  /** The expectation that the check tests. */
  readonly description: string;
  /** Unit.name of the container that the check is about. */
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
      /** null if the instance has no route. */
      readonly hostname: string | null;
      readonly path: string;
      readonly status: readonly number[];
    })
  | (Base & { readonly check: "no-log"; readonly match: string })
  /** Why the pattern's text does not give a check. */
  | (Base & { readonly problem: string });

export interface CommonIssue {
  readonly symptom: string;
  readonly cause: string;
  readonly fix: string;
}

/** The result of a check. */
export interface CheckResult {
  readonly instance: string;
  readonly check: CheckKind;
  readonly description: string;
  readonly status: "passed" | "failed" | "not-checked";
  /** What the check saw; for one that was not checked, why. */
  readonly message: string;
  readonly durationMs: number;
  /**
   * A line of the service's own output that explains more. It may hold anything: it is for a person's eyes,
   * and never stored.
   */
  readonly said?: string;
  /** A command that shows more about the subject of the check. */
  readonly look: string;
  /** The pattern's common issues that resemble the failure. */
  readonly issues: readonly CommonIssue[];
}

export type CheckCounts = Readonly<Record<CheckResult["status"], number>>;
