import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFiles } from "../../../src/host/files.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { TEMPORARY_NAME } from "../../../src/model/host.ts";

const files = createFiles();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quadgate-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mkfifo = (path: string) => execFileSync("mkfifo", [path]);
const modeOf = (path: string) => statSync(path).mode & 0o7777;

describe("a write", () => {
  it("gives the file and new folders the requested modes, whatever the umask", async () => {
    const before = process.umask(0o077);
    try {
      await files.write(join(folder, "a/b"), "x", { mode: 0o644, dirMode: 0o700 });
    } finally {
      process.umask(before);
    }
    expect([modeOf(join(folder, "a")), modeOf(join(folder, "a/b"))]).toEqual([0o700, 0o644]);
    await files.write(join(folder, "a/b"), "y", { mode: 0o600 });
    expect(modeOf(join(folder, "a/b"))).toBe(0o600);
  });

  it("is never seen half done, and leaves nothing else behind", async () => {
    const path = join(folder, "unit");
    const texts = ["a", "b"].map((letter) => letter.repeat(200_000));
    await files.write(path, texts[0] ?? "");
    let writing = true;
    const seen = new Set<string>();
    const beside = new Set<string>();
    const reader = (async () => {
      while (writing) {
        seen.add(readFileSync(path, "utf8"));
        for (const name of readdirSync(folder)) if (name !== "unit") beside.add(name);
        await new Promise(setImmediate);
      }
    })();
    for (let round = 0; round < 20; round += 1) await files.write(path, texts[round % 2] ?? "");
    writing = false;
    await reader;
    expect([...seen].filter((text) => !texts.includes(text))).toEqual([]);
    expect(readdirSync(folder)).toEqual(["unit"]);
    expect(beside.size).toBeGreaterThan(0);
    expect([...beside].filter((name) => !TEMPORARY_NAME.test(name))).toEqual([]);
  });

  it("of several files at once into one folder keeps them apart", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `unit-${index}`);
    await Promise.all(names.map((name) => files.write(join(folder, name), name)));
    expect(readdirSync(folder).sort()).toEqual([...names].sort());
    for (const name of names) expect(readFileSync(join(folder, name), "utf8")).toBe(name);
  });

  it("replaces a symbolic link, and leaves its target alone", async () => {
    writeFileSync(join(folder, "mine"), "mine");
    symlinkSync(join(folder, "mine"), join(folder, "link"));
    await files.write(join(folder, "link"), "quadgate's");
    expect(readFileSync(join(folder, "mine"), "utf8")).toBe("mine");
    expect(await files.stat(join(folder, "link"))).toMatchObject({ kind: "file" });
  });

  it("to an impossible place is an error that says where and why", async () => {
    writeFileSync(join(folder, "file"), "x");
    const error = await files.write(join(folder, "file/below"), "x").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QuadgateError);
    expect(error).toMatchObject({ reason: "state-unwritable" });
    expect((error as QuadgateError).message).toContain(join(folder, "file/below"));
    mkdirSync(join(folder, "taken"));
    await expect(files.write(join(folder, "taken"), "x")).rejects.toThrow(/taken/);
    expect(readdirSync(folder).sort()).toEqual(["file", "taken"]);
  });
});

describe("a read", () => {
  it("of a missing file gives nothing, also below a file", async () => {
    writeFileSync(join(folder, "file"), "x");
    for (const path of [join(folder, "none"), join(folder, "file/below")]) {
      expect(await files.read(path)).toBeUndefined();
      expect(await files.stat(path)).toBeUndefined();
      expect(await files.list(path)).toEqual([]);
    }
    expect(await files.disk(join(folder, "none"))).toBeUndefined();
    expect(await files.disk(folder)).toMatchObject({ totalBytes: expect.any(Number) });
    expect(await files.realPath(join(folder, "none", "deeper"))).toBe(realpathSync(folder));
  });

  it("of a tree takes plain files below the roots alone, and names what stands in place of others", async () => {
    mkdirSync(join(folder, "tree/a"), { recursive: true });
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(join(folder, "tree/a/x"), "x");
    writeFileSync(join(folder, "tree/b"), "b");
    writeFileSync(join(folder, "elsewhere/y"), "y");
    symlinkSync(join(folder, "elsewhere"), join(folder, "tree/a/link"));
    symlinkSync(join(folder, "gone"), join(folder, "tree/a/dangling"));
    symlinkSync(".", join(folder, "tree/a/circle"));
    mkdirSync(join(folder, "tree/a/module"));
    writeFileSync(join(folder, "tree/a/module/.git"), "gitdir: elsewhere");
    writeFileSync(join(folder, "tree/a/module/y"), "y");
    mkfifo(join(folder, "tree/a/pipe"));
    writeFileSync(join(folder, "tree/a/whole"), "x".repeat(1024 * 1024));
    writeFileSync(join(folder, "tree/a/large"), "x".repeat(1024 * 1024 + 1));
    symlinkSync("a", join(folder, "tree/c"));
    const found = await files.tree(join(folder, "tree"), ["a", "none", "c"]);
    expect([...found.files.keys()].sort()).toEqual(["a/whole", "a/x"]);
    expect(Object.fromEntries(found.refused ?? [])).toEqual({
      "a/circle": "symbolic-link",
      "a/dangling": "symbolic-link",
      "a/large": "large-file",
      "a/link": "symbolic-link",
      "a/module": "submodule",
      "a/pipe": "special-file",
      c: "symbolic-link",
    });
  });
});

describe("a read of many files", () => {
  it("happens at once and through links, and leaves out those that do not exist", async () => {
    writeFileSync(join(folder, "a"), "text of a", { mode: 0o640 });
    symlinkSync(join(folder, "a"), join(folder, "link"));
    symlinkSync(join(folder, "gone"), join(folder, "dangling"));
    const names = ["a", "link", "none", "a/below", "dangling"];
    const found = await files.readPlain(names.map((name) => join(folder, name)));
    expect([...found]).toEqual([
      [join(folder, "a"), { content: "text of a", mode: 0o640, symlink: false }],
      [join(folder, "link"), { content: "text of a", mode: 0o640, symlink: true }],
    ]);
  });

  it("says which are not small plain files, and never blocks", async () => {
    mkdirSync(join(folder, "folder"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    symlinkSync(join(folder, "loop"), join(folder, "loop"));
    writeFileSync(join(folder, "large"), "");
    truncateSync(join(folder, "large"), 16 * 1024 * 1024 + 1);
    const names = ["folder", "pipe", "loop", "large", "x".repeat(300)].map((name) => join(folder, name));
    const found = await files.readPlain([...names, "/dev/zero"]);
    expect([...found.values()]).toEqual([
      { kind: "folder", message: "a folder" },
      { kind: "special-file", message: "a device, a pipe or a socket" },
      { kind: "unreadable", message: "something that cannot be read (ELOOP)" },
      { kind: "large-file", message: "a file of 16777217 bytes" },
      { kind: "unreadable", message: "something that cannot be read (ENAMETOOLONG)" },
      { kind: "special-file", message: "a device, a pipe or a socket" },
    ]);
  });

  it("finds them at any depth, through links to files but not through links to folders", async () => {
    mkdirSync(join(folder, "units/deep/deeper"), { recursive: true });
    writeFileSync(join(folder, "units/deep/deeper/a.x"), "a");
    writeFileSync(join(folder, "units/b.y"), "not wanted");
    mkdirSync(join(folder, "units/folder.x"));
    symlinkSync(join(folder, "units/deep/deeper/a.x"), join(folder, "units/link.x"));
    symlinkSync(join(folder, "units/deep"), join(folder, "units/to-folder.x"));
    symlinkSync(join(folder, "gone"), join(folder, "units/dangling.x"));
    const found = await files.scan(join(folder, "units"), (path) => path.endsWith(".x"));
    expect([...found].sort()).toEqual([
      ["dangling.x", { kind: "dangling-link", message: "a broken link" }],
      ["deep/deeper/a.x", { content: "a", mode: expect.any(Number), symlink: false }],
      ["folder.x", { kind: "folder", message: "a folder" }],
      ["link.x", { content: "a", mode: expect.any(Number), symlink: true }],
      ["to-folder.x", { kind: "folder", message: "a folder" }],
    ]);
    expect((await files.scan(join(folder, "none"), () => true)).size).toBe(0);
  });

  it("finds them beside an unreadable folder, which is reported in any case", async () => {
    const units = join(folder, "units");
    mkdirSync(units);
    writeFileSync(join(units, "a.x"), "a");
    // No path may be as long as that of the last of these folders, whoever asks.
    const steps = 'for i in $(seq 20); do mkdir "$0" && cd -P "./$0" || exit; done';
    execFileSync("sh", ["-c", steps, "d".repeat(240)], { cwd: units });
    try {
      const found = [...(await files.scan(units, (path) => path.endsWith(".x")))];
      expect(found.map(([name]) => name.slice(0, 3)).sort()).toEqual(["a.x", "ddd"]);
      const hidden = found.find(([name]) => name.startsWith("d"));
      expect(hidden?.[1]).toEqual({
        kind: "unreadable-folder",
        message: "a folder that cannot be read (ENAMETOOLONG)",
      });
      await expect(files.scan(join(units, hidden?.[0] ?? ""), () => true)).rejects.toMatchObject({
        reason: "state-unreadable",
        message: expect.stringMatching(/^cannot read .*: ENAMETOOLONG$/),
      });
    } finally {
      execFileSync("rm", ["-r", units]);
    }
  });

  it("reports an unreadable file, which must not be mistaken for a missing one", async () => {
    mkdirSync(join(folder, "units"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    symlinkSync(join(folder, "pipe"), join(folder, "units/a.x"));
    const found = await files.scan(join(folder, "units"), () => true);
    expect([...found]).toEqual([["a.x", { kind: "special-file", message: "a device, a pipe or a socket" }]]);
  });
});

describe("a removal", () => {
  it("takes files and links, never a folder or a link's target, and accepts a missing file", async () => {
    mkdirSync(join(folder, "photos"));
    writeFileSync(join(folder, "photos/one"), "x");
    writeFileSync(join(folder, "file"), "x");
    symlinkSync(join(folder, "photos"), join(folder, "link"));
    for (const name of ["photos", "file", "link", "none", "photos/one/below"])
      await files.remove(join(folder, name));
    expect(readdirSync(folder, { recursive: true })).toEqual(["photos", "photos/one"]);
  });

  it("of a tree takes a folder with its contents, and links without their targets", async () => {
    mkdirSync(join(folder, "a/b"), { recursive: true });
    writeFileSync(join(folder, "kept"), "x");
    symlinkSync(join(folder, "kept"), join(folder, "a/b/link"));
    await files.removeTree(join(folder, "a"));
    await files.removeTree(join(folder, "a"));
    expect(readdirSync(folder)).toEqual(["kept"]);
  });

  it("of an empty folder leaves one that is not empty", async () => {
    mkdirSync(join(folder, "full"));
    mkdirSync(join(folder, "empty"));
    writeFileSync(join(folder, "full/x"), "x");
    for (const name of ["full", "empty", "none", "full/x"]) await files.removeEmptyFolder(join(folder, name));
    expect(readdirSync(folder)).toEqual(["full"]);
    expect(readdirSync(join(folder, "full"))).toEqual(["x"]);
  });
});

describe("an append", () => {
  it("makes a file that only its owner can read, and keeps what is there", async () => {
    const path = join(folder, "log/history.jsonl");
    await files.append(path, "one\n");
    chmodSync(path, 0o640);
    await files.append(path, "two\n");
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
    expect([modeOf(join(folder, "log")), modeOf(path)]).toEqual([0o700, 0o640]);
  });
});
