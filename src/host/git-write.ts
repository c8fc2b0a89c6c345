import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SimpleGit } from "simple-git";
import { bytesOf } from "../lib/bytes.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Git } from "../model/host.ts";
import { withoutPassword } from "../model/repository.ts";
import { requireNoLinks } from "./checkout.ts";
import { gitMessage, open } from "./git-client.ts";
import { replacePaths } from "./git-objects.ts";

/** See Git in model/host.ts. */
export async function revertTo(options: Parameters<Git["revertTo"]>[0]): Promise<string> {
  const { repository, clone, branch, target } = options;
  const scratch = await mkdtemp(join(tmpdir(), "quadgate-"));
  try {
    const git = await open(clone);
    const head = await git.raw(["rev-parse", "--verify", `refs/heads/${branch}^{commit}`]);
    const index = (input?: string) => open(clone, input, join(scratch, "index"));
    const tree = await replacePaths(index, { head, target, paths: options.paths });
    const commit = await git.raw(["commit-tree", tree, "-p", head, "-m", options.message]);
    await deliver(repository, clone, branch, commit);
    await git.raw(["update-ref", `refs/heads/${branch}`, commit, head]);
    return commit;
  } catch (error) {
    if (error instanceof QuadgateError) throw error;
    throw new QuadgateError(
      "revert-conflict",
      `cannot revert in ${withoutPassword(repository)}: ${gitMessage(error)}`,
      {
        hint: "fetch, revert and push by hand: git revert, then git push",
        cause: error,
      },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Pushes the commit. A repository that has the branch checked out refuses a push (receive.denyCurrentBranch).
 * It pulls the commit as a fast-forward instead, which keeps its working tree in step.
 */
async function deliver(repository: string, clone: string, branch: string, commit: string): Promise<void> {
  if (await isCheckedOut(repository, branch)) {
    const git = await open(repository);
    await git.raw(["fetch", "--quiet", "--", clone, commit]);
    await git.raw(["merge", "--quiet", "--ff-only", commit]);
    return;
  }
  await (await open(clone)).raw(["push", "--quiet", "--", repository, `${commit}:refs/heads/${branch}`]);
}

async function isCheckedOut(repository: string, branch: string): Promise<boolean> {
  const local = await stat(repository).catch(() => undefined);
  return local?.isDirectory() === true && (await currentBranch(repository)) === branch;
}

/** The branch that a repository has checked out; undefined for a bare repository. */
async function currentBranch(repository: string): Promise<string | undefined> {
  const git = await open(repository);
  const bare = await git.raw(["rev-parse", "--is-bare-repository"]);
  return bare === "true" ? undefined : git.raw(["symbolic-ref", "--quiet", "--short", "HEAD"]);
}

/** See Git in model/host.ts. */
export async function commitFiles(options: Parameters<Git["commitFiles"]>[0]): Promise<string> {
  const { repository, branch } = options;
  try {
    return (await isCheckedOut(repository, branch))
      ? await commitInCheckout(options)
      : await commitInClone(options);
  } catch (error) {
    if (error instanceof QuadgateError) throw error;
    const why = gitMessage(error);
    throw new QuadgateError("commit-failed", `cannot commit to ${withoutPassword(repository)}: ${why}`, {
      hint: /tell me who you are|empty ident|user\.(name|email)/i.test(why)
        ? 'tell git who you are: git config --global user.name "..." and user.email'
        : "fix that, or commit and push by hand; then run: quadgate reconcile",
      cause: error,
    });
  }
}

/** Writes the files and commits them alone. Whatever else is changed or staged there stays as it is. */
async function commitInCheckout(options: Parameters<Git["commitFiles"]>[0]): Promise<string> {
  const { repository, files, message } = options;
  await requireNoLinks(repository, files.keys());
  for (const [path, content] of files) {
    const target = join(repository, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytesOf(content));
  }
  const git = await open(repository);
  const paths = [...files.keys()];
  await git.raw(["add", "--", ...paths]);
  const changed = await git.raw(["status", "--porcelain", "--", ...paths]);
  if (changed !== "") await git.raw(["commit", "--quiet", "--only", "-m", message, "--", ...paths]);
  return git.raw(["rev-parse", "--verify", "HEAD^{commit}"]);
}

/** A program stays one. */
async function modeAt(git: SimpleGit, commit: string, path: string): Promise<string> {
  const row = await git.raw(["ls-tree", "--full-tree", commit, "--", path]);
  return row.startsWith("100755 ") ? "100755" : "100644";
}

async function commitInClone(options: Parameters<Git["commitFiles"]>[0]): Promise<string> {
  const { repository, clone, branch, files, message } = options;
  const scratch = await mkdtemp(join(tmpdir(), "quadgate-"));
  try {
    const git = await open(clone);
    const head = await git.raw(["rev-parse", "--verify", `refs/heads/${branch}^{commit}`]);
    const index = (input?: string) => open(clone, input, join(scratch, "index"));
    await (await index()).raw(["read-tree", head]);
    for (const [path, content] of files) {
      const blob = await (await open(clone, content)).raw(["hash-object", "-w", "--stdin"]);
      const mode = await modeAt(await open(clone), head, path);
      await (await index()).raw(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`]);
    }
    const tree = await (await index()).raw(["write-tree"]);
    if (tree === (await git.raw(["rev-parse", `${head}^{tree}`]))) return head;
    const commit = await git.raw(["commit-tree", tree, "-p", head, "-m", message]);
    await deliver(repository, clone, branch, commit);
    await git.raw(["update-ref", `refs/heads/${branch}`, commit, head]);
    return commit;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
