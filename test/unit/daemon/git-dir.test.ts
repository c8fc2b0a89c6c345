import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGitDir, localRepository } from "../../../src/daemon/triggers/git-dir.ts";
import { createFiles } from "../../../src/host/files.ts";
import { git } from "./git.ts";
import { temporaryFolder } from "./support.ts";

describe("the check for a local repository", () => {
  test.each([
    ["/srv/git/homelab.git", "/srv/git/homelab.git"],
    ["/srv/odd:name/homelab.git", "/srv/odd:name/homelab.git"],
    ["./odd:name", join(process.cwd(), "odd:name")],
    ["file:///srv/git/homelab.git", "/srv/git/homelab.git"],
    ["~/homelab", "/home/me/homelab"],
    ["homelab", join(process.cwd(), "homelab")],
  ])("finds %s in the folder %s", (repository, folder) => {
    expect(localRepository(repository, "/home/me")).toBe(folder);
  });

  test.each([
    "https://git.example.org/me/homelab.git",
    "ssh://git@git.example.org/homelab.git",
    "git+ssh://git.example.org/homelab.git",
    "git@git.example.org:me/homelab.git",
    "nas:homelab.git",
    "file://nas/homelab.git",
  ])("finds that %s is on another machine", (repository) => {
    expect(localRepository(repository, "/home/me")).toBeUndefined();
  });
});

describe("the search for a repository's refs", () => {
  const files = createFiles();

  test("finds those of a bare repository in itself", async () => {
    const folder = join(temporaryFolder(), "homelab.git");
    git("/", "init", "-q", "--bare", folder);
    expect(await findGitDir(files, folder)).toBe(folder);
  });

  test("finds those of a working tree in .git", async () => {
    const folder = temporaryFolder();
    git(folder, "init", "-q");
    expect(await findGitDir(files, folder)).toBe(join(folder, ".git"));
  });

  test("finds those of a linked worktree in the main repository", async () => {
    const folder = temporaryFolder();
    const main = join(folder, "main");
    git("/", "init", "-q", "-b", "main", main);
    git(main, "commit", "-q", "--allow-empty", "-m", "One");
    git(main, "worktree", "add", "-q", "-b", "other", "../linked");
    expect(await findGitDir(files, join(folder, "linked"))).toBe(join(main, ".git"));
  });

  test("finds those of a git folder that is kept elsewhere in that folder", async () => {
    const folder = temporaryFolder();
    execFileSync("git", ["init", "-q", "--separate-git-dir", join(folder, "store"), join(folder, "tree")]);
    expect(await findGitDir(files, join(folder, "tree"))).toBe(join(folder, "store"));
  });

  test("finds none without a repository or without a folder", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "plain"));
    expect(await findGitDir(files, join(folder, "plain"))).toBeUndefined();
    expect(await findGitDir(files, join(folder, "absent"))).toBeUndefined();
  });
});
