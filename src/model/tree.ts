/**
 * The files of one commit (or, with `--working-tree`, of a checkout) that quadgate reads. A tree is a value:
 * the same revision always gives the same tree, so everything computed from it is reproducible.
 */
export interface Tree extends TreeFiles {
  /** The commit id, or `null` for a working tree, which has none. */
  readonly revision: string | null;
}

/** What a reader of files found. Both readers, of commits and of folders, read only plain files. */
export interface TreeFiles {
  /**
   * Path relative to the repository's `path` setting (`desired-state/jellyfin.yaml`) to content, which holds
   * every byte (lib/bytes.ts).
   */
  readonly files: ReadonlyMap<string, string>;
  /** Paths of files whose owner may execute them; git records no other part of a mode. Absent: none. */
  readonly executable?: ReadonlySet<string>;
  /** Paths that exist but were not read, and why. Nothing below them was looked at. Absent: none. */
  readonly refused?: ReadonlyMap<string, Refusal>;
}

/** Why a path was not read: what is there instead of a plain file. */
export type Refusal =
  | "symbolic-link"
  | "submodule"
  | "special-file"
  | "large-file"
  | "unreadable-file"
  | "unreadable-folder";

/**
 * The largest file that is read. A larger manifest, template or mounted configuration is a mistake, or an
 * attempt to exhaust memory.
 */
export const MAX_FILE_BYTES = 1024 * 1024;

/** The folders of a repository that the tree holds, and the one file beside them. */
export const TREE_ROOTS = ["desired-state", "patterns", "templates", "files", "quadgate.yaml"] as const;
