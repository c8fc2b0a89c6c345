import type { Instance, NetworkSpec } from "./instance.ts";
import type { Issue } from "./issue.ts";
import type { Pattern } from "./pattern.ts";

/**
 * What a revision asks of one host. `invalid` names instances that exist in git but could not be read:
 * quadgate neither changes nor prunes them.
 */
export interface DesiredState {
  readonly revision: string | null;
  readonly instances: readonly Instance[];
  readonly networks: readonly NetworkSpec[];
  readonly patterns: ReadonlyMap<string, Pattern>;
  /**
   * Template path (`quadlets/container.liquid`) to text: the shipped ones, overridden by the repository's.
   */
  readonly templates: ReadonlyMap<string, string>;
  /** Repository files that instances mount (`files/x.conf`) to content. */
  readonly files: ReadonlyMap<string, string>;
  readonly invalid: ReadonlySet<string>;
  /**
   * Stems of files with errors that may be stacks. quadgate does not know which instances `<stem>-...` they
   * ask for, so it prunes none of these.
   */
  readonly doubtful: ReadonlySet<string>;
  /**
   * False if a link or a submodule may stand for a folder of instances or patterns, so that part of what the
   * revision asks is unknown.
   */
  readonly complete: boolean;
  readonly issues: readonly Issue[];
  /** What may not be as meant; it keeps nothing from being deployed. Absent: none. */
  readonly warnings?: readonly Issue[];
}
