import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../../model/host.ts";

/**
 * The folder that a `repository` setting names, or undefined if it names another machine. Follows git's own
 * rule: a URL scheme or a colon before the first slash makes it remote.
 */
export function localRepository(repository: string, home: string): string | undefined {
  if (repository.startsWith("file:///")) return fileURLToPath(repository);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(repository) || /^[^/]*:/.test(repository)) return undefined;
  return resolve(repository.replace(/^~(?=\/|$)/, home));
}

/**
 * The folder that holds a repository's refs: the repository itself if it is bare, `.git` in a working tree,
 * and the main repository's folder for a linked worktree. Undefined if there is no repository.
 */
export async function findGitDir(
  files: Pick<Files, "read" | "stat">,
  repository: string,
): Promise<string | undefined> {
  const dotGit = join(repository, ".git");
  const kind = (await files.stat(dotGit))?.kind;
  if (kind === "file") return pointedGitDir(files, dotGit);
  const candidate = kind === undefined ? repository : dotGit;
  return (await files.stat(join(candidate, "HEAD"))) === undefined ? undefined : candidate;
}

/**
 * Follows gitrepository-layout(5): a `.git` file says `gitdir: PATH`; a worktree's `commondir` leads to the
 * refs.
 */
async function pointedGitDir(
  files: Pick<Files, "read" | "stat">,
  dotGit: string,
): Promise<string | undefined> {
  const pointer = /^gitdir: (.+)$/m.exec((await files.read(dotGit)) ?? "")?.[1];
  if (pointer === undefined) return undefined;
  const gitDir = resolve(dotGit, "..", pointer.trim());
  const common = await files.read(join(gitDir, "commondir"));
  return common === undefined ? gitDir : resolve(gitDir, common.trim());
}
