import type { Issue } from "../model/issue.ts";
import type { Pattern } from "../model/pattern.ts";

/** All patterns that were read, and what is wrong with them. */
export interface Patterns {
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** Names of patterns that exist and have errors. */
  readonly broken: ReadonlySet<string>;
  readonly issues: readonly Issue[];
}
