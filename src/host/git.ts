import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimpleGit, SimpleGitOptions } from "simple-git";
import { QuadgateError } from "../model/errors.ts";
import type { Git } from "../model/host.ts";
import { listTree, readBlobs, replacePaths } from "./git-objects.ts";

/** What a caller's git variables may still decide: how to reach a remote. All others could redirect a command. */
const KEPT_VARIABLES = ["GIT_SSH_COMMAND", "GIT_SSL_CAINFO"];

/** git without prompts, hooks or editors, and blind to being called from inside another repository. */
const OPTIONS: Partial<SimpleGitOptions> = {
  config: ["core.hooksPath=/dev/null", "gc.auto=0", "advice.detachedHead=false"],
  unsafe: { allowUnsafeHooksPath: true, allowUnsafeSshCommand: true },
  allowEnvironment: [...KEPT_VARIABLES, "GIT_TERMINAL_PROMPT", "GIT_INDEX_FILE"],
  timeout: { block: 120_000 },
  trimmed: true,
};

/** git through simple-git. Only `fetch` and `revertTo` write, and only to the clone and by pushing. */
export function createGit(): Git {
  return {
    fetch,
    resolve,
    readTree: async (gitDir, commit, path, roots) => {
      const prefix = path === "." || path === "" ? "" : `${path.replace(/\/+$/, "")}/`;
      const git = await open(gitDir);
      const blobs = await listTree(
        git,
        commit,
        roots.map((root) => prefix + root),
      );
      const texts = await readBlobs((input) => open(gitDir, input), blobs);
      return new Map([...texts].map(([name, text]) => [name.slice(prefix.length), text]));
    },
    log: async (gitDir, commit, limit) => {
      const git = await open(gitDir);
      const text = await git.raw(["log", `--max-count=${limit}`, "--format=%H%x00%s%x00%cI", commit, "--"]);
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => {
          const [id = "", subject = "", date = ""] = line.split("\0");
          return { id, subject, date };
        });
    },
    revertTo,
  };
}

async function open(folder: string, input?: string, indexFile?: string): Promise<SimpleGit> {
  const { simpleGit } = await import("simple-git");
  const stdin = input === undefined ? {} : { input: () => input };
  return simpleGit({ ...OPTIONS, ...stdin, baseDir: folder }).env({
    ...inheritedEnvironment(),
    GIT_TERMINAL_PROMPT: "0",
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
  });
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  const refused = /^(GIT_.*|.*EDITOR|VISUAL|.*PAGER|PREFIX|SSH_ASKPASS)$/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.includes(name) || !refused.test(name)),
  );
}

/** What git says when something is wrong, without its own advice lines. */
function gitMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split("\n")
    .map((line) => line.replace(/^(fatal|error): /, "").trim())
    .filter((line) => line !== "" && !/^hint:/.test(line))
    .slice(0, 3)
    .join("; ");
}

function unreachable(repository: string, error: unknown): QuadgateError {
  const why = gitMessage(error);
  const owner = /dubious ownership/.test(why);
  return new QuadgateError("source-unreachable", `cannot read ${withoutPassword(repository)}: ${why}`, {
    hint: owner
      ? `allow it with: git config --global --add safe.directory ${repository}`
      : `try: git ls-remote ${withoutPassword(repository)}`,
    cause: error,
  });
}

/** A URL as it may be shown: `https://user:token@host/x` loses the token. */
export function withoutPassword(repository: string): string {
  return repository.replace(/^([a-z+]+:\/\/)[^/@]*@/i, "$1");
}

async function fetch(repository: string, clone: string, branch: string): Promise<void> {
  try {
    const known = await stat(join(clone, "HEAD")).catch(() => undefined);
    if (!known) {
      await mkdir(clone, { recursive: true, mode: 0o700 });
      await (await open(clone)).raw(["init", "--quiet", "--bare", `--initial-branch=${branch}`]);
    }
    const git = await open(clone);
    await git.raw([
      "fetch",
      "--quiet",
      "--prune",
      "--force",
      "--tags",
      "--",
      repository,
      "+refs/heads/*:refs/heads/*",
    ]);
  } catch (error) {
    throw unreachable(repository, error);
  }
}

async function resolve(gitDir: string, revision: string): Promise<string | undefined> {
  if (revision.startsWith("-")) return undefined;
  try {
    const found = await (await open(gitDir)).raw([
      "rev-parse",
      "--verify",
      "--quiet",
      `${revision}^{commit}`,
    ]);
    return found === "" ? undefined : found;
  } catch (error) {
    const why = gitMessage(error);
    if (/dubious ownership|not a git repository|cannot change to/i.test(why))
      throw unreachable(gitDir, error);
    return undefined;
  }
}

async function revertTo(options: Parameters<Git["revertTo"]>[0]): Promise<string> {
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
 * Pushes; a repository with the branch checked out refuses that (receive.denyCurrentBranch), so there the
 * commit is pulled fast-forward, which keeps its working tree in step.
 */
async function deliver(repository: string, clone: string, branch: string, commit: string): Promise<void> {
  const local = await stat(repository).catch(() => undefined);
  const checkedOut = local?.isDirectory() && (await currentBranch(repository)) === branch;
  if (checkedOut) {
    const git = await open(repository);
    await git.raw(["fetch", "--quiet", "--", clone, commit]);
    await git.raw(["merge", "--quiet", "--ff-only", commit]);
    return;
  }
  await (await open(clone)).raw(["push", "--quiet", "--", repository, `${commit}:refs/heads/${branch}`]);
}

/** The branch that a non-bare repository has checked out; undefined for a bare one. */
async function currentBranch(repository: string): Promise<string | undefined> {
  const git = await open(repository);
  const bare = await git.raw(["rev-parse", "--is-bare-repository"]);
  return bare === "true" ? undefined : git.raw(["symbolic-ref", "--quiet", "--short", "HEAD"]);
}
