import { exec } from "./enter.ts";
import { writeScript } from "./files.ts";
import type { LabRecord } from "./registry.ts";

/** A git repository in the lab, as its user has it: a bare one to pull from and a clone to work in. */
export interface LabRepo {
  /** The bare repository; a path that `git clone` takes. */
  url: string;
  /** The clone with the work tree. */
  workTree: string;
  /** Writes the files (null deletes), commits all that changed, also when nothing did, and returns the commit id. */
  commit(files: Record<string, string | null>, message: string): Promise<string>;
  /** Pushes main to the bare repository. */
  push(): Promise<void>;
  /** Does both. */
  commitAndPush(files: Record<string, string | null>, message: string): Promise<string>;
  /** Runs git in the work tree and returns what it prints. */
  git(...args: string[]): Promise<string>;
}

/** Makes ~/git/NAME.git (bare, branch main, no commit) and its clone ~/src/NAME. */
export async function createRepo(lab: LabRecord, name: string): Promise<LabRepo> {
  const url = `/home/homelab/git/${name}.git`;
  const workTree = `/home/homelab/src/${name}`;
  const create = `set -e; git init -q --bare "$1"; git init -q "$2"; git -C "$2" remote add origin "$1"`;
  await exec(lab, ["bash", "-c", create, "repo", url, workTree]);

  const commitScript = (files: Record<string, string | null>, push: boolean) =>
    `${writeScript(files)}git add -A\ngit commit -q --allow-empty -m "$1"\ngit rev-parse HEAD\n${push ? "git push -q origin main\n" : ""}`;
  const run = async (script: string, ...args: string[]) =>
    // The script comes in as a file, for an argument may not be longer than 128 KiB.
    (await exec(lab, ["bash", "-s", "--", ...args], { cwd: workTree, input: script })).stdout;

  return {
    url,
    workTree,
    commit: (files, message) => run(commitScript(files, false), message),
    commitAndPush: (files, message) => run(commitScript(files, true), message),
    push: async () => void (await run("git push -q origin main")),
    git: async (...args) => (await exec(lab, ["git", ...args], { cwd: workTree })).stdout,
  };
}
