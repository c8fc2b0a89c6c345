import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit } from "../../src/host/git.ts";
import { FETCHED_FROM, withoutPassword } from "../../src/model/repository.ts";

const git = createGit();
let base: string;
let work: string;
let bare: string;
let clone: string;

function run(cwd: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  return execFileSync("git", [...identity, ...args], { cwd, encoding: "utf8" }).trim();
}

function commit(files: Readonly<Record<string, string>>, message: string): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), content);
  }
  run(work, "add", "-A");
  run(work, "commit", "-q", "-m", message);
  return run(work, "rev-parse", "HEAD");
}

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "quadgate-git-"));
  work = join(base, "work");
  bare = join(base, "bare.git");
  clone = join(base, "state", "repo");
  run(base, "init", "-q", "-b", "main", work);
  run(work, "config", "user.name", "Test");
  run(work, "config", "user.email", "test@example.org");
  run(base, "init", "-q", "--bare", "-b", "main", bare);
  run(work, "remote", "add", "origin", bare);
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("git", () => {
  it("reads the files of a commit below the requested roots, whatever their bytes and names", async () => {
    const head = commit(
      {
        "desired-state/sub/å b.yaml": "pattern: x # ✓\n",
        "desired-state/a.yaml": "",
        "other/x": "no",
        "quadgate.yaml": "{}\n",
      },
      "one",
    );
    run(work, "push", "-q", "origin", "main");
    await git.fetch(bare, clone, "main");
    expect(await git.resolve(clone, "refs/heads/main")).toBe(head);
    const { files } = await git.readTree(clone, head, ".", ["desired-state", "quadgate.yaml", "patterns"]);
    expect(Object.fromEntries(files)).toEqual({
      "desired-state/sub/å b.yaml": "pattern: x # ✓\n",
      "desired-state/a.yaml": "",
      "quadgate.yaml": "{}\n",
    });
  });

  it("removes the folder that the repository's path names", async () => {
    const head = commit({ "homelab/desired-state/a.yaml": "a", "desired-state/b.yaml": "b" }, "one");
    await git.fetch(work, clone, "main");
    const { files } = await git.readTree(clone, head, "homelab/", ["desired-state"]);
    expect([...files.keys()]).toEqual(["desired-state/a.yaml"]);
  });

  it("reads plain files alone, and names what is in place of others", async () => {
    mkdirSync(join(work, "desired-state"));
    symlinkSync("../secret", join(work, "desired-state/web.container"));
    symlinkSync("elsewhere", join(work, "patterns"));
    const first = commit(
      {
        "desired-state/large": "x".repeat(1024 * 1024 + 1),
        "desired-state/whole": "x".repeat(1024 * 1024),
      },
      "one",
    );
    run(work, "update-index", "--add", "--cacheinfo", `160000,${first},desired-state/module`);
    run(work, "commit", "-q", "-m", "two");
    await git.fetch(work, clone, "main");
    const head = run(work, "rev-parse", "HEAD");
    const { files, refused } = await git.readTree(clone, head, ".", ["desired-state", "patterns"]);
    expect([...files.keys()]).toEqual(["desired-state/whole"]);
    expect(Object.fromEntries(refused ?? [])).toEqual({
      "desired-state/large": "large-file",
      "desired-state/module": "submodule",
      "desired-state/web.container": "symbolic-link",
      patterns: "symbolic-link",
    });
  });

  it("follows a branch that was rewritten", async () => {
    const first = commit({ a: "1" }, "one");
    commit({ a: "2" }, "two");
    await git.fetch(work, clone, "main");
    run(work, "reset", "-q", "--hard", first);
    const other = commit({ a: "3" }, "three");
    await git.fetch(work, clone, "main");
    expect(await git.resolve(clone, "refs/heads/main")).toBe(other);
  });

  it("finds no commit for a missing branch, and accepts no option as a revision", async () => {
    commit({ a: "1" }, "one");
    await git.fetch(work, clone, "main");
    expect(await git.resolve(clone, "refs/heads/nope")).toBeUndefined();
    expect(await git.resolve(clone, "--all")).toBeUndefined();
  });

  it("says which repository cannot be read, and why", async () => {
    await expect(git.fetch(join(base, "missing"), clone, "main")).rejects.toMatchObject({
      reason: "source-unreachable",
      message: expect.stringContaining("missing"),
    });
  });

  it("says what went wrong on the way, without the progress before it", async () => {
    commit({ a: "1" }, "one");
    const blob = run(work, "rev-parse", "HEAD:a");
    rmSync(join(work, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    await expect(git.fetch(work, clone, "main")).rejects.toMatchObject({
      reason: "source-unreachable",
      message: expect.stringMatching(/^(?!.*objects: ).*(unable to read|pack-objects died)/),
    });
  });

  it("says that its own clone cannot be written, without blaming a repository", async () => {
    commit({ a: "1" }, "one");
    const told = { reason: "state-unwritable", hint: expect.stringContaining("owner") };
    writeFileSync(join(base, "file"), "");
    await expect(git.fetch(work, join(base, "file/repo"), "main")).rejects.toMatchObject({
      ...told,
      message: expect.stringMatching(/^cannot write quadgate's own clone \S+\/file\/repo: /),
    });
    await git.fetch(work, clone, "main");
    rmSync(join(clone, "FETCH_HEAD"));
    mkdirSync(join(clone, "FETCH_HEAD"));
    await expect(git.fetch(work, clone, "main")).rejects.toMatchObject({
      ...told,
      message: `cannot write quadgate's own clone ${clone}: cannot open 'FETCH_HEAD': Is a directory`,
    });
  });

  it("records in its clone which repository was read last", async () => {
    commit({ a: "1" }, "one");
    run(work, "push", "-q", "origin", "main");
    const from = () => readFileSync(join(clone, FETCHED_FROM), "utf8");
    for (const one of [work, bare]) {
      await git.fetch(one, clone, "main");
      expect(from()).toBe(`${one}\n`);
    }
    await expect(git.fetch(join(base, "nowhere"), clone, "main")).rejects.toThrow("cannot read");
    expect(from()).toBe(`${bare}\n`);
  });

  it("reverts the named paths in one new commit and pushes it", async () => {
    const good = commit({ "desired-state/a.yaml": "good", "notes.md": "1" }, "good");
    const bad = commit(
      { "desired-state/a.yaml": "bad", "desired-state/b.yaml": "bad", "notes.md": "2" },
      "bad",
    );
    run(work, "push", "-q", "origin", "main");
    await git.fetch(bare, clone, "main");
    const head = await git.revertTo({
      repository: bare,
      clone,
      branch: "main",
      target: good,
      paths: ["desired-state", "patterns"],
      message: "Revert",
    });
    expect(run(bare, "rev-parse", "main")).toBe(head);
    expect(run(bare, "rev-parse", "main^")).toBe(bad);
    expect(run(bare, "ls-tree", "-r", "--name-only", "main").split("\n")).toEqual([
      "desired-state/a.yaml",
      "notes.md",
    ]);
    expect(run(bare, "show", "main:desired-state/a.yaml")).toBe("good");
    expect(run(bare, "show", "main:notes.md")).toBe("2");
  });

  it("reverts in a local repository that has the branch checked out, including the working tree", async () => {
    const good = commit({ "desired-state/a.yaml": "good" }, "good");
    commit({ "desired-state/a.yaml": "bad" }, "bad");
    await git.fetch(work, clone, "main");
    await git.revertTo({
      repository: work,
      clone,
      branch: "main",
      target: good,
      paths: ["desired-state"],
      message: "Revert",
    });
    expect(readFileSync(join(work, "desired-state/a.yaml"), "utf8")).toBe("good");
    expect(run(work, "status", "--porcelain")).toBe("");
  });

  describe("git commits files", () => {
    const path = "desired-state/new/a.yaml";
    const commitA = (repository: string, content = "new\n") =>
      git.commitFiles({
        repository,
        clone,
        branch: "main",
        files: new Map([[path, content]]),
        message: "Deploy a",
      });

    it("to a bare repository, in one new commit that touches nothing else", async () => {
      const before = commit({ "desired-state/b.yaml": "b", "notes.md": "1" }, "one");
      run(work, "push", "-q", "origin", "main");
      await git.fetch(bare, clone, "main");
      const head = await commitA(bare);
      expect(run(bare, "rev-parse", "main", "main^")).toBe(`${head}\n${before}`);
      expect(run(bare, "diff", "--name-status", "main^", "main")).toBe(`A\t${path}`);
      expect(run(bare, "show", `main:${path}`)).toBe("new");
      expect(await git.resolve(clone, "refs/heads/main")).toBe(head);
    });

    it("in a checkout, and leaves other changed or staged files there alone", async () => {
      commit({ "desired-state/b.yaml": "b", "notes.md": "1" }, "one");
      await git.fetch(work, clone, "main");
      writeFileSync(join(work, "notes.md"), "mine");
      writeFileSync(join(work, "staged.md"), "staged");
      run(work, "add", "staged.md");
      const head = await commitA(work);
      expect(run(work, "rev-parse", "HEAD")).toBe(head);
      expect(run(work, "show", "--name-status", "--format=%s", "HEAD")).toBe(`Deploy a\n\nA\t${path}`);
      expect(readFileSync(join(work, path), "utf8")).toBe("new\n");
      expect(run(work, "status", "--porcelain").split("\n").toSorted()).toEqual([
        "A  staged.md",
        "M notes.md",
      ]);
    });

    it("to a branch of a local repository that has another branch checked out", async () => {
      commit({ a: "1" }, "one");
      run(work, "checkout", "-q", "-b", "other");
      await git.fetch(work, clone, "main");
      const head = await commitA(work);
      expect(run(work, "rev-parse", "main")).toBe(head);
      expect(existsSync(join(work, path))).toBe(false);
    });

    it("only if the branch does not have the same files already", async () => {
      const before = commit({ [path]: "new\n" }, "one");
      await git.fetch(work, clone, "main");
      expect(await commitA(work)).toBe(before);
      run(work, "push", "-q", "origin", "main");
      expect(await commitA(bare)).toBe(before);
    });

    it("in a checkout without following a link, to a file or to a folder", async () => {
      const outside = join(base, "outside");
      mkdirSync(join(outside, "new"), { recursive: true });
      writeFileSync(join(outside, "new/a.yaml"), "mine");
      mkdirSync(join(work, "desired-state/new"), { recursive: true });
      symlinkSync(join(outside, "new/a.yaml"), join(work, path));
      const before = commit({ a: "1" }, "one");
      await git.fetch(work, clone, "main");
      const refused = { reason: "commit-failed", message: `${join(work, path)} is a symbolic link` };
      await expect(commitA(work)).rejects.toMatchObject(refused);
      rmSync(join(work, "desired-state"), { recursive: true });
      symlinkSync(outside, join(work, "desired-state"));
      await expect(commitA(work)).rejects.toMatchObject({ reason: "commit-failed" });
      expect(readFileSync(join(outside, "new/a.yaml"), "utf8")).toBe("mine");
      expect(run(work, "rev-parse", "HEAD")).toBe(before);
    });

    it("and says why if git refuses", async () => {
      commit({ a: "1" }, "one");
      run(work, "push", "-q", "origin", "main");
      await git.fetch(bare, clone, "main");
      commit({ a: "2" }, "two");
      run(work, "push", "-q", "origin", "main");
      await expect(commitA(bare)).rejects.toMatchObject({ reason: "commit-failed" });
    });
  });

  describe("git brings a checkout up to a commit that was pushed from the clone", () => {
    const path = "desired-state/a.yaml";
    const content = "new\n";
    const files = new Map([[path, content]]);
    const catchUp = (revision: string, folder = work) =>
      git.catchUp({ repository: bare, clone, branch: "main", commit: revision, folder, files });
    const pushed = async (prefix = "") => {
      await git.fetch(bare, clone, "main");
      return git.commitFiles({
        repository: bare,
        clone,
        branch: "main",
        files: new Map([[`${prefix}${path}`, content]]),
        message: "Deploy a",
      });
    };
    const status = () => run(work, "status", "--porcelain").split("\n").toSorted();

    beforeEach(() => {
      commit({ "desired-state/b.yaml": "b", "notes.md": "1" }, "one");
      run(work, "push", "-q", "--set-upstream", "origin", "main");
    });

    it("with the file that lay there uncommitted, and leaves other changed or staged files alone", async () => {
      const head = await pushed();
      writeFileSync(join(work, path), content);
      writeFileSync(join(work, "notes.md"), "mine");
      writeFileSync(join(work, "staged.md"), "staged");
      run(work, "add", "staged.md");
      expect(await catchUp(head)).toBe("moved");
      expect(run(work, "rev-parse", "HEAD", "origin/main")).toBe(`${head}\n${head}`);
      expect(status()).toEqual(["A  staged.md", "M notes.md"]);
      expect(await catchUp(head)).toBe("there");
    });

    it("without following a link that lies there", async () => {
      const head = await pushed();
      writeFileSync(join(base, "outside"), "mine");
      symlinkSync(join(base, "outside"), join(work, path));
      expect(await catchUp(head)).toBe("behind");
      expect(readFileSync(join(base, "outside"), "utf8")).toBe("mine");
    });

    it("from a folder in it, if the file changed there and is to contain more", async () => {
      commit({ "homelab/desired-state/a.yaml": "old\n" }, "two");
      run(work, "push", "-q", "origin", "main");
      const head = await pushed("homelab/");
      writeFileSync(join(work, "homelab", path), "half\n");
      expect(await catchUp(head, join(work, "homelab"))).toBe("moved");
      expect(status()).toEqual([""]);
      expect(readFileSync(join(work, "homelab", path), "utf8")).toBe(content);
    });

    it.each([
      ["with commits of its own", () => void commit({ "notes.md": "2" }, "own")],
      ["on another branch", () => void run(work, "checkout", "-q", "-b", "other")],
    ])("but leaves one %s as it is", async (_case, prepare) => {
      prepare();
      writeFileSync(join(work, path), "mine\n");
      const before = run(work, "rev-parse", "HEAD");
      expect(await catchUp(await pushed())).toBe("behind");
      expect([run(work, "rev-parse", "HEAD"), ...status()]).toEqual([before, `?? ${path}`]);
      expect(readFileSync(join(work, path), "utf8")).toBe("mine\n");
    });

    it("but leaves one as it is if other changes are in the way", async () => {
      const other = join(base, "other");
      run(base, "clone", "-q", bare, other);
      writeFileSync(join(other, "notes.md"), "theirs");
      run(other, "commit", "-qam", "theirs");
      run(other, "push", "-q");
      writeFileSync(join(work, "notes.md"), "mine");
      writeFileSync(join(work, path), content);
      expect(await catchUp(await pushed())).toBe("behind");
      expect(status()).toEqual([`?? ${path}`, "M notes.md"]);
      expect(readFileSync(join(work, path), "utf8")).toBe(content);
    });

    it("but ignores another repository, and a folder without one", async () => {
      const head = await pushed();
      const other = join(base, "other");
      run(base, "init", "-q", "-b", "main", other);
      run(other, "commit", "-q", "--allow-empty", "-m", "other");
      expect(await catchUp(head, other)).toBe("unrelated");
      expect(await catchUp(head, base)).toBe("unrelated");
    });
  });

  it("lists commits newest first", async () => {
    const first = commit({ a: "1" }, "one: with | bars\n\nWhy.\n\n- a\n- b\n\nLine: x\n");
    const second = commit({ a: "2" }, "two");
    const log = await git.log(work, "HEAD", 5);
    expect(log.map(({ id, subject, body }) => [id, subject, body])).toEqual([
      [second, "two", ""],
      [first, "one: with | bars", "Why.\n\n- a\n- b\n\nLine: x"],
    ]);
    expect(log.every(({ date }) => !Number.isNaN(Date.parse(date)))).toBe(true);
    expect(await git.log(work, "HEAD", 1)).toHaveLength(1);
  });

  describe("the folder of a repository's hooks", () => {
    /** Pushes a commit, and says which folder's post-receive hook git ran. */
    const asked = (repository: string, hooks: string) => {
      mkdirSync(hooks, { recursive: true });
      const [ran, other] = [join(base, "ran"), join(base, "other")];
      writeFileSync(join(hooks, "post-receive"), `#!/bin/sh\necho "$0" >${ran}\n`, { mode: 0o755 });
      run(base, "init", "-q", "-b", "news", other);
      run(other, "commit", "-q", "--allow-empty", "-m", "news");
      run(other, "push", "-q", repository, "news");
      return existsSync(ran);
    };

    it("is in a bare repository, and in the git directory of a checkout and of its folders", async () => {
      commit({ "desired-state/a.yaml": "" }, "one");
      expect(await git.hooksFolder(bare)).toBe(join(bare, "hooks"));
      const hooks = await git.hooksFolder(join(work, "desired-state"));
      expect(hooks).toBe(join(work, ".git/hooks"));
      expect(asked(work, hooks)).toBe(true);
    });

    it("is that of the main repository for a worktree, whose .git is a file", async () => {
      commit({ a: "1" }, "one");
      const tree = join(base, "tree");
      run(work, "worktree", "add", "-q", tree);
      const hooks = await git.hooksFolder(tree);
      expect(hooks).toBe(join(work, ".git/hooks"));
      expect(asked(tree, hooks)).toBe(true);
    });

    it("is its own for a submodule", async () => {
      commit({ a: "1" }, "one");
      const outer = join(base, "outer");
      run(base, "init", "-q", "-b", "main", outer);
      run(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", work, "inner");
      const hooks = await git.hooksFolder(join(outer, "inner"));
      expect(hooks).toBe(join(outer, ".git/modules/inner/hooks"));
      expect(asked(join(outer, "inner"), hooks)).toBe(true);
    });

    it.each(["hooks-of-mine", "/absolute"])("is set by core.hooksPath to %s", async (name) => {
      const path = name.startsWith("/") ? join(base, name) : name;
      commit({ a: "1" }, "one");
      run(work, "config", "core.hooksPath", path);
      const hooks = await git.hooksFolder(work);
      expect(hooks).toBe(name.startsWith("/") ? path : join(work, ".git", path));
      expect(asked(work, hooks)).toBe(true);
    });

    it("is undefined without a repository", async () => {
      await expect(git.hooksFolder(base)).rejects.toThrow(/is not a git repository: not a git repository/);
      await expect(git.hooksFolder(join(base, "nowhere"))).rejects.toThrow(/is not a git repository/);
    });
  });

  it("speaks English, so that quadgate understands its messages", async () => {
    const [told, { GIT_SSH_COMMAND, LC_ALL }] = [join(base, "told"), process.env];
    Object.assign(process.env, {
      GIT_SSH_COMMAND: `echo $LC_ALL $LANGUAGE. >${told};false`,
      LC_ALL: "nb_NO.UTF-8",
    });
    try {
      await expect(git.fetch("ssh://git.example.org/x.git", clone, "main")).rejects.toThrow(/cannot read/);
    } finally {
      delete process.env.GIT_SSH_COMMAND;
      delete process.env.LC_ALL;
      Object.assign(process.env, GIT_SSH_COMMAND && { GIT_SSH_COMMAND }, LC_ALL && { LC_ALL });
    }
    expect(readFileSync(told, "utf8")).toBe("C.UTF-8 .\n");
  });

  it("shows no password from a URL", () => {
    expect(withoutPassword("https://me:secret@git.example.org/x.git")).toBe("https://git.example.org/x.git");
  });
});
