import type { Instance, NetworkSpec } from "./instance.ts";
import type { Issue } from "./issue.ts";
import type { Pattern } from "./pattern.ts";

/**
 * What a revision asks of one host. `invalid` names instances that exist in git but could not be read:
 * they are neither changed nor pruned.
 */
export interface DesiredState {
  readonly revision: string | null;
  readonly instances: readonly Instance[];
  readonly networks: readonly NetworkSpec[];
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** Template path (`quadlets/container.liquid`) to text: the shipped ones, overridden by the repository's. */
  readonly templates: ReadonlyMap<string, string>;
  /** Repository files that instances mount (`files/x.conf`) to content. */
  readonly files: ReadonlyMap<string, string>;
  readonly invalid: ReadonlySet<string>;
  /**
   * Stems of files with errors that may be stacks: which instances `<stem>-...` they ask for is not known, so none
   * of these may be pruned.
   */
  readonly doubtful: ReadonlySet<string>;
  /** False where a link or a submodule may stand for a folder of instances or patterns: what it asks for is not known. */
  readonly complete: boolean;
  readonly issues: readonly Issue[];
}
