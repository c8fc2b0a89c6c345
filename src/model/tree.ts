/**
 * The files of one commit (or, with `--working-tree`, of a checkout) that quadgate reads. A tree is a value:
 * the same revision always gives the same tree, so everything computed from it is reproducible.
 */
export interface Tree {
  /** The commit id, or `null` for a working tree, which has none. */
  readonly revision: string | null;
  /** Path relative to the repository's `path` setting (`desired-state/jellyfin.yaml`) to content. */
  readonly files: ReadonlyMap<string, string>;
}

/** The folders of a repository that the tree holds, and the one file beside them. */
export const TREE_ROOTS = ["desired-state", "patterns", "templates", "files", "quadgate.yaml"] as const;
