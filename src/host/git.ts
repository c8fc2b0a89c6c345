import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve as resolvePath } from "node:path";
import { QuadgateError } from "../model/errors.ts";
import type { Git } from "../model/host.ts";
import { FETCHED_FROM, withoutPassword } from "../model/repository.ts";
import { catchUp } from "./git-catch-up.ts";
import { gitMessage, open, openAsConfigured } from "./git-client.ts";
import { listTree, readBlobs } from "./git-objects.ts";
import { commitFiles, revertTo } from "./git-write.ts";

/** git through simple-git. Only `fetch`, `revertTo`, `commitFiles` and `catchUp` write; see each. */
export function createGit(): Git {
  return {
    fetch,
    resolve,
    branches,
    hooksFolder,
    readTree: async (gitDir, commit, path, roots) => {
      const prefix = path === "." || path === "" ? "" : `${path.replace(/\/+$/, "")}/`;
      const git = await open(gitDir);
      const { blobs, executable, refused } = await listTree(
        git,
        commit,
        roots.map((root) => prefix + root),
      );
      const texts = await readBlobs((input) => open(gitDir, input), blobs);
      const below = <T>(found: ReadonlyMap<string, T>) =>
        new Map([...found].map(([name, value]) => [name.slice(prefix.length), value]));
      const programs = new Set([...executable].map((name) => name.slice(prefix.length)));
      return { files: below(texts), executable: programs, refused: below(refused) };
    },
    log: async (gitDir, commit, limit) => {
      const git = await open(gitDir);
      const format = "%H%n%cI%n%s%n%b";
      const text = await git.raw(["log", "-z", `--max-count=${limit}`, `--format=${format}`, commit, "--"]);
      return text
        .split("\0")
        .filter(Boolean)
        .map((entry) => {
          const [id = "", date = "", subject = "", ...body] = entry.split("\n");
          return { id, date, subject, body: body.join("\n").trim() };
        });
    },
    revertTo,
    commitFiles,
    catchUp,
  };
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

/** git's messages if it cannot write the clone, as opposed to not reading the repository. */
const OF_THE_CLONE = new RegExp(
  "FETCH_HEAD|repository database|unable to (?:append|create|write)|cannot (?:lock|update) ref|" +
    "No space left|Disk quota|Read-only file system",
  "i",
);

function unwritable(clone: string, error: unknown): QuadgateError {
  const why = gitMessage(error);
  return new QuadgateError("state-unwritable", `cannot write quadgate's own clone ${clone}: ${why}`, {
    hint: "check the folder's owner, its mode and the free space",
    cause: error,
  });
}

async function makeClone(clone: string, branch: string): Promise<void> {
  try {
    await mkdir(clone, { recursive: true, mode: 0o700 });
    await (await open(clone)).raw(["init", "--quiet", "--bare", `--initial-branch=${branch}`]);
  } catch (error) {
    throw unwritable(clone, error);
  }
}

async function noteOrigin(clone: string, repository: string): Promise<void> {
  const file = join(clone, FETCHED_FROM);
  const text = `${withoutPassword(repository)}\n`;
  const before = await readFile(file, "utf8").catch(() => undefined);
  try {
    if (before !== text) await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw unwritable(clone, error);
  }
}

async function fetch(repository: string, clone: string, branch: string): Promise<void> {
  const known = await stat(join(clone, "HEAD")).catch(() => undefined);
  if (!known) await makeClone(clone, branch);
  try {
    const git = await open(clone);
    // quadgate ends a git that prints nothing for a while, so git has to report progress.
    await git.raw([
      "fetch",
      "--progress",
      "--prune",
      "--force",
      "--tags",
      "--",
      repository,
      "+refs/heads/*:refs/heads/*",
    ]);
  } catch (error) {
    throw OF_THE_CLONE.test(gitMessage(error)) ? unwritable(clone, error) : unreachable(repository, error);
  }
  await noteOrigin(clone, repository);
}

async function branches(gitDir: string): Promise<readonly string[]> {
  const git = await open(gitDir);
  const text = await git.raw(["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
  return text.split("\n").filter(Boolean);
}

async function hooksFolder(folder: string): Promise<string> {
  try {
    const gitDir = await (await open(folder)).raw(["rev-parse", "--absolute-git-dir"]);
    // githooks(5): a push runs its hooks in the git directory, so a relative core.hooksPath is relative to
    // that directory.
    const hooks = await (await openAsConfigured(gitDir)).raw(["rev-parse", "--git-path", "hooks"]);
    return resolvePath(gitDir, hooks);
  } catch (error) {
    throw new QuadgateError("bad-usage", `${folder} is not a git repository: ${gitMessage(error)}`, {
      hint: "name the folder of the repository that you push to",
      cause: error,
    });
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
