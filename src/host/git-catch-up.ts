import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SimpleGit } from "simple-git";
import { bytesOf } from "../lib/bytes.ts";
import type { Git } from "../model/host.ts";
import { requireNoLinks } from "./checkout.ts";
import { open } from "./git-client.ts";

/** See Git in model/host.ts. */
export async function catchUp(options: Parameters<Git["catchUp"]>[0]): ReturnType<Git["catchUp"]> {
  const { folder, clone, commit } = options;
  const git = await open(folder);
  let head: string;
  let shared: string;
  try {
    head = await git.raw(["rev-parse", "--verify", "HEAD^{commit}"]);
    if (head === commit) return "there";
    await git.raw(["fetch", "--quiet", "--no-write-fetch-head", "--", clone, commit]);
    shared = await git.raw(["merge-base", head, commit]);
  } catch {
    return "unrelated";
  }
  if (shared === "") return "unrelated";
  try {
    const branch = await git.raw(["symbolic-ref", "--quiet", "--short", "HEAD"]);
    if (branch !== options.branch || shared !== head) return "behind";
    await forward(git, options);
  } catch {
    return "behind";
  }
  await noteUpstream(git, options);
  return "moved";
}

/**
 * Forwards the branch. git refuses a merge that would overwrite an untracked or changed file, even if the
 * file already has the new content, unless that content is staged.
 */
async function forward(
  git: SimpleGit,
  { folder, files, commit }: Parameters<Git["catchUp"]>[0],
): Promise<void> {
  const paths = [...files.keys()];
  await requireNoLinks(folder, paths);
  const before = await Promise.all(paths.map((path) => readFile(join(folder, path)).catch(() => undefined)));
  for (const [path, content] of files) await put(join(folder, path), bytesOf(content));
  try {
    await git.raw(["add", "--", ...paths]);
    await git.raw(["merge", "--quiet", "--ff-only", commit]);
  } catch (error) {
    await git.raw(["reset", "--quiet", "--", ...paths]);
    for (const [index, path] of paths.entries()) await put(join(folder, path), before[index]);
    throw error;
  }
}

async function put(path: string, content: Uint8Array | undefined): Promise<void> {
  if (content === undefined) return rm(path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/**
 * Records that the branch's upstream has the commit, if the upstream is the repository that the commit was
 * pushed to.
 */
async function noteUpstream(
  git: SimpleGit,
  { repository, branch, commit }: Parameters<Git["catchUp"]>[0],
): Promise<void> {
  try {
    const remote = await git.raw(["config", "--get", `branch.${branch}.remote`]);
    if ((await git.raw(["remote", "get-url", "--", remote])) !== repository) return;
    const upstream = await git.raw(["rev-parse", "--symbolic-full-name", "@{upstream}"]);
    await git.raw(["update-ref", upstream, commit]);
  } catch {
    // The next `git fetch` records it.
  }
}
