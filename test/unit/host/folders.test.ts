import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolders } from "../../../src/host/folders.ts";
import { createProcesses } from "../../../src/host/processes.ts";
import type { Folder } from "../../../src/model/host-requirements.ts";

const folders = createFolders(createProcesses({}), false);
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let base = "";

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "quadgate-folders-")));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function folder(path: string, more: Partial<Folder> = {}): Folder {
  const wish = {
    instance: "db",
    units: ["db.container"],
    purpose: undefined,
    mode: "0750",
    owner: undefined,
  };
  return { ...wish, userns: "", nocow: false, declared: true, path: join(base, path), ...more };
}

const modeOf = (path: string) => (statSync(join(base, path)).mode & 0o7777).toString(8);

describe("a new folder on the host", () => {
  it("has its mode whatever the umask, as do those above it", async () => {
    const before = process.umask(0o077);
    try {
      await folders.make(folder("a/b/c", { mode: "2775" }));
    } finally {
      process.umask(before);
    }
    expect(modeOf("a/b/c")).toBe("2775");
    expect(readdirSync(join(base, "a/b"))).toEqual(["c"]);
  });

  it("has its owner", async () => {
    await folders.make(folder("a", { owner: self }));
    expect(statSync(join(base, "a"))).toMatchObject(self);
    expect(await folders.owner(join(base, "a"))).toBe(`${self.uid}:${self.gid}`);
  });

  it("changes nothing if something else was put there in the meantime", async () => {
    mkdirSync(join(base, "a"));
    chmodSync(join(base, "a"), 0o711);
    writeFileSync(join(base, "a/data"), "x");
    await folders.make(folder("a"));
    expect(modeOf("a")).toBe("711");
    expect(readdirSync(base)).toEqual(["a"]);
  });

  it("leaves no trace if something fails on the way", async () => {
    const wrong = folder("a", { mode: "0750", owner: { uid: -5, gid: -5 } });
    await expect(folders.make(wrong)).rejects.toMatchObject({
      reason: "state-unwritable",
      message: expect.stringContaining(`cannot make the folder ${wrong.path}`),
      hint: expect.stringContaining("make it yourself"),
    });
    expect(readdirSync(base)).toEqual([]);
    writeFileSync(join(base, "file"), "");
    await expect(folders.make(folder("file/a"))).rejects.toMatchObject({ reason: "state-unwritable" });
  });

  it("may be adapted repeatedly", async () => {
    mkdirSync(join(base, "a"), { mode: 0o700 });
    for (const _ of [1, 2]) {
      await folders.adapt(folder("a", { mode: "0751", owner: self }));
      expect(modeOf("a")).toBe("751");
    }
  });
});

describe("a look at a path", () => {
  it("follows links", async () => {
    mkdirSync(join(base, "empty"), { mode: 0o711 });
    mkdirSync(join(base, "full"));
    writeFileSync(join(base, "full/x"), "");
    symlinkSync(join(base, "full"), join(base, "link"));
    symlinkSync(join(base, "nothing"), join(base, "dangling"));
    expect(await folders.look(join(base, "empty"))).toMatchObject({ kind: "directory", empty: true });
    expect((await folders.look(join(base, "empty")))?.mode).toBe(0o711);
    expect(await folders.look(join(base, "full"))).toMatchObject({ kind: "directory", empty: false });
    expect(await folders.look(join(base, "link"))).toMatchObject({ kind: "directory", empty: false });
    expect(await folders.look(join(base, "full/x"))).toMatchObject({ kind: "other" });
    expect(await folders.look(join(base, "dangling"))).toBeUndefined();
    expect(await folders.look(join(base, "full/x/y"))).toBeUndefined();
    expect(existsSync(join(base, "nothing"))).toBe(false);
  });
});
