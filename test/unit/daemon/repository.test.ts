import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { start } from "../../../src/daemon/triggers/repository.ts";
import { git } from "./git.ts";
import { temporaryFolder, testContext, until } from "./support.ts";

/** Several times the debounce: what has not come by then belongs to no earlier change. */
const QUIET_MS = 500;

/** A bare repository with one commit on main, and a clone to push from. */
function bareWithClone(): { folder: string; bare: string; clone: string } {
  const folder = temporaryFolder();
  const [bare, clone] = [join(folder, "homelab.git"), join(folder, "clone")];
  git("/", "init", "-q", "--bare", "-b", "main", bare);
  git("/", "clone", "-q", bare, clone);
  commit(clone, "One");
  git(clone, "push", "-q", "origin", "HEAD:main");
  return { folder, bare, clone };
}

function commit(tree: string, subject: string): void {
  writeFileSync(join(tree, "file"), subject);
  git(tree, "add", "file");
  git(tree, "commit", "-q", "-m", subject);
}

async function watching(repository: string, folder: string) {
  const test = testContext({ repository }, folder);
  const running = await start(test.context);
  onTestFinished(() => running.stop());
  return { ...test, running };
}

test("a push to a bare repository causes one trigger", async () => {
  const { folder, bare, clone } = bareWithClone();
  const { calls } = await watching(bare, folder);
  for (const [index, subject] of ["Two", "Three", "Four"].entries()) {
    commit(clone, subject);
    git(clone, "push", "-q", "origin", "HEAD:main");
    await until(() => calls.length > index);
    await sleep(QUIET_MS);
    expect(calls).toEqual(Array(index + 1).fill("repository"));
  }
});

test("a push of several branches at once causes one trigger", async () => {
  const { folder, bare, clone } = bareWithClone();
  const { calls } = await watching(bare, folder);
  commit(clone, "Two");
  git(clone, "push", "-q", "origin", "HEAD:main", "HEAD:other", "HEAD:feature/deep");
  await until(() => calls.length > 0);
  await sleep(QUIET_MS);
  expect(calls).toEqual(["repository"]);
});

test("the first push to an empty bare repository causes a trigger", async () => {
  const folder = temporaryFolder();
  const [bare, tree] = [join(folder, "homelab.git"), join(folder, "tree")];
  git("/", "init", "-q", "--bare", "-b", "main", bare);
  git("/", "init", "-q", "-b", "main", tree);
  commit(tree, "One");
  const { calls } = await watching(bare, folder);
  git(tree, "push", "-q", bare, "main");
  await until(() => calls.length > 0);
  await sleep(QUIET_MS);
  expect(calls).toEqual(["repository"]);
});

test("a push after the refs were packed causes a trigger", async () => {
  const { folder, bare, clone } = bareWithClone();
  git(bare, "pack-refs", "--all");
  const { calls } = await watching(bare, folder);
  commit(clone, "Two");
  git(clone, "push", "-q", "origin", "HEAD:main");
  await until(() => calls.length > 0);
  expect(calls[0]).toBe("repository");
});

test("a commit in a working tree causes a trigger, an edit without a commit does not", async () => {
  const folder = temporaryFolder();
  const tree = join(folder, "tree");
  git("/", "init", "-q", "-b", "main", tree);
  commit(tree, "One");
  const { calls } = await watching(tree, folder);
  writeFileSync(join(tree, "file"), "edited");
  git(tree, "add", "file");
  git(tree, "status");
  await sleep(QUIET_MS);
  expect(calls).toEqual([]);
  git(tree, "commit", "-q", "-m", "Two");
  await until(() => calls.length > 0);
  await sleep(QUIET_MS);
  expect(calls).toEqual(["repository"]);
});

test("a commit in a linked worktree causes a trigger through the main repository's refs", async () => {
  const folder = temporaryFolder();
  const [main, linked] = [join(folder, "main"), join(folder, "linked")];
  git("/", "init", "-q", "-b", "main", main);
  commit(main, "One");
  git(main, "worktree", "add", "-q", "-b", "other", linked);
  const { calls } = await watching(linked, folder);
  commit(linked, "Two");
  await until(() => calls.length > 0);
  expect(calls[0]).toBe("repository");
});

test("a stopped watch causes no trigger, even if a change came just before", async () => {
  const { folder, bare, clone } = bareWithClone();
  const { calls, running } = await watching(bare, folder);
  commit(clone, "Two");
  git(clone, "push", "-q", "origin", "HEAD:main");
  // long enough to be noticed, shorter than the debounce
  await sleep(50);
  await running.stop();
  await sleep(QUIET_MS);
  expect(calls).toEqual([]);
});

test("a lock file of git causes no trigger", async () => {
  const { folder, bare } = bareWithClone();
  const { calls } = await watching(bare, folder);
  for (const lock of ["refs/heads/main.lock", "HEAD.lock", "packed-refs.lock"]) {
    writeFileSync(join(bare, lock), "");
    await sleep(QUIET_MS);
    rmSync(join(bare, lock));
  }
  await sleep(QUIET_MS);
  expect(calls).toEqual([]);
});

test("a repository on another machine is not watched and not warned about", async () => {
  const { context, lines } = testContext({ repository: "https://git.example.org/me/homelab.git" });
  await (await start(context)).stop();
  expect(lines).toEqual([]);
});

test("a folder without a repository is warned about, and the daemon goes on", async () => {
  const { context, folder, lines } = testContext({ repository: "~/nothing" });
  mkdirSync(join(folder, "nothing"));
  await (await start(context)).stop();
  expect(lines).toMatchObject([{ level: "warn", fields: { folder: join(folder, "nothing") } }]);
});
