import { formatPlace, type Place } from "./place.ts";

/**
 * Something wrong with the input, found without touching the host. Issues are values: quadgate collects all
 * of them and reports them together. It leaves the instance that an issue names alone (its units are neither
 * changed nor pruned). An issue that names none affects only what could not be read because of it.
 */
export interface Issue {
  /** Stable kebab-case code, listed in src/manifest/codes.ts and src/render/issues.ts. */
  readonly code: string;
  /** What is wrong and why, one sentence, no trailing full stop. */
  readonly message: string;
  readonly place?: Place;
  readonly instance?: string;
  /** Further instances that have a part in it. */
  readonly others?: readonly string[];
  /** What to do next, for example `did you mean "memory"?`. */
  readonly hint?: string;
}

/** The instances that an issue keeps as they are. */
export function instancesOf({ instance, others = [] }: Issue): readonly string[] {
  return instance === undefined ? others : [instance, ...others];
}

/** One line for people: `desired-state/x.yaml:3:1: unknown key "memry" (did you mean "memory"?)`. */
export function formatIssue(issue: Issue): string {
  const where = issue.place ? `${formatPlace(issue.place)}: ` : issue.instance ? `${issue.instance}: ` : "";
  return `${where}${issue.message}${issue.hint ? ` (${issue.hint})` : ""}`;
}
