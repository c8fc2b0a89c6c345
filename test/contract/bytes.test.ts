import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFiles } from "../../src/host/files.ts";
import { createGit } from "../../src/host/git.ts";
import { createProcesses } from "../../src/host/processes.ts";
import { textOf } from "../../src/lib/bytes.ts";

/** Every byte, a byte order mark, a character, and the beginning of one. */
const BYTES = Buffer.from([
  ...[0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0xf0, 0x9f],
  ...Array.from({ length: 256 }, (_, byte) => byte),
]);
const TEXT = textOf(BYTES);
const LATIN1 = Buffer.from("# caf\xe9\n", "latin1");

const git = createGit();
const files = createFiles();
let base: string;
let work: string;
let clone: string;

function run(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: work, encoding: "utf8" }).trim();
}

function put(name: string, bytes: Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(join(work, name)), { recursive: true });
  writeFileSync(join(work, name), bytes);
  chmodSync(join(work, name), mode);
}

function commit(): string {
  run("add", "-A");
  run("commit", "-q", "-m", "One");
  return run("rev-parse", "HEAD");
}

const blobAt = (gitDir: string, path: string) =>
  execFileSync("git", ["cat-file", "blob", `main:${path}`], { cwd: gitDir });

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "quadgate-bytes-"));
  work = join(base, "work");
  clone = join(base, "clone");
  execFileSync("git", ["init", "-q", "-b", "main", work]);
  run("config", "user.name", "Test");
  run("config", "user.email", "test@example.org");
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("the bytes of a repository's files", () => {
  it("come from a commit and from a working tree, and from there to the host", async () => {
    put("files/logo.png", BYTES);
    put("files/first", LATIN1);
    const head = commit();
    const { files: read } = await git.readTree(join(work, ".git"), head, ".", ["files"]);
    expect(read.get("files/logo.png")).toBe(TEXT);
    expect((await files.tree(work, ["files"])).files).toEqual(read);
    const target = join(base, "host/logo.png");
    await files.write(target, read.get("files/logo.png") ?? "");
    expect(readFileSync(target).equals(BYTES)).toBe(true);
    expect(await files.read(target)).toBe(TEXT);
    expect(await files.readPlain([target])).toMatchObject(new Map([[target, { content: TEXT }]]));
    const found = await files.scan(dirname(target), () => true);
    expect(found.get("logo.png")).toMatchObject({ content: TEXT });
    await files.append(target, "\udce9\n");
    expect([...readFileSync(target).subarray(-2)]).toEqual([0xe9, 0x0a]);
  });

  it("come into a commit, to a bare clone and to a checkout, and a checkout that catches up has them", async () => {
    put("run.sh", Buffer.from("old"), 0o755);
    commit();
    const bare = join(base, "bare.git");
    execFileSync("git", ["clone", "-q", "--bare", work, bare]);
    await git.fetch(bare, clone, "main");
    const written = new Map([
      ["logo.png", TEXT],
      ["run.sh", textOf(LATIN1)],
    ]);
    const options = { clone, branch: "main", files: written, message: "Two" };
    process.env.GIT_CONFIG_GLOBAL = join(work, ".git/config");
    try {
      const head = await git.commitFiles({ ...options, repository: bare });
      expect(blobAt(bare, "logo.png").equals(BYTES)).toBe(true);
      expect(blobAt(bare, "run.sh").equals(LATIN1)).toBe(true);
      expect(execFileSync("git", ["ls-tree", "main"], { cwd: bare, encoding: "utf8" })).toMatch(
        /^100644 .*\tlogo.png\n100755 .*\trun.sh\n$/,
      );
      const moved = { repository: bare, clone, branch: "main", commit: head, folder: work, files: written };
      expect(await git.catchUp(moved)).toBe("moved");
      expect(readFileSync(join(work, "logo.png")).equals(BYTES)).toBe(true);
      const changed = new Map([["logo.png", `${TEXT}\udce9`]]);
      await git.commitFiles({ ...options, files: changed, repository: work });
      expect(blobAt(work, "logo.png").equals(Buffer.concat([BYTES, Buffer.from([0xe9])]))).toBe(true);
    } finally {
      delete process.env.GIT_CONFIG_GLOBAL;
    }
  });
});

describe("the executable bit of a repository's files", () => {
  it("is read from a commit and from a working tree, where the owner's bit counts", async () => {
    put("homelab/files/run.sh", LATIN1, 0o744);
    put("homelab/files/group.sh", LATIN1, 0o654);
    put("homelab/files/plain", LATIN1);
    const head = commit();
    const found = await git.readTree(join(work, ".git"), head, "homelab", ["files"]);
    expect([...(found.executable ?? [])]).toEqual(["files/run.sh"]);
    const there = await files.tree(join(work, "homelab"), ["files"]);
    expect([...(there.executable ?? [])]).toEqual(["files/run.sh"]);
  });
});

describe("the bytes of a program", () => {
  it("come in and out as they are", async () => {
    const processes = createProcesses({});
    expect(await processes.run("cat", [], { input: TEXT })).toMatchObject({ stdout: TEXT, exitCode: 0 });
    const { stderr } = await processes.run("sh", ["-c", "printf 'caf\\351' >&2"]);
    expect(stderr).toBe("caf\udce9");
  });
});
