import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLock } from "../../../src/host/lock.ts";
import { QuadgateError } from "../../../src/model/errors.ts";

const lock = createLock();
let folder: string;
let holder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "quadgate-lock-"));
  holder = join(folder, "holder.mjs");
  const source = `import { createLock } from ${JSON.stringify(join(import.meta.dirname, "../../../src/host/lock.ts"))};
    await createLock().acquire(process.argv[2], { waitMs: 0 });
    console.log("held");
    setInterval(() => undefined, 1000);`;
  const bundle = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  writeFileSync(holder, bundle.outputFiles[0]?.text ?? "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that has taken the lock. */
async function holdElsewhere(path: string) {
  const child = spawn(process.execPath, [holder, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("the lock", () => {
  it("makes its folder for the owner alone, and is refused while another process has it", async () => {
    const path = join(folder, "state/lock");
    const release = await lock.acquire(path, { waitMs: 0 });
    expect(existsSync(path)).toBe(true);
    const error = await lock.acquire(path, { waitMs: 0 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QuadgateError);
    expect(error).toMatchObject({ reason: "locked", message: expect.stringContaining(path) });
    await release();
    await (await lock.acquire(path, { waitMs: 0 }))();
  });

  it("that cannot be opened is an error that says where and why", async () => {
    const path = join(folder, "in-the-way");
    mkdirSync(path);
    for (const [lockPath, code] of [
      [path, "EISDIR"],
      [join(holder, "lock"), "EEXIST"],
    ] as const) {
      await expect(lock.acquire(lockPath, { waitMs: 0 })).rejects.toMatchObject({
        reason: "state-unwritable",
        message: `cannot open the lock ${lockPath}: ${code}`,
        hint: expect.stringContaining("mode of the file"),
      });
    }
  });

  it("is waited for as long as the caller says", async () => {
    const path = join(folder, "waited");
    const release = await lock.acquire(path, { waitMs: 0 });
    const waiting = lock.acquire(path, { waitMs: 20_000 });
    await release();
    await (await waiting)();
  });

  it("is no longer waited for once the caller is asked to end, and is left to others", async () => {
    const path = join(folder, "stopped");
    const release = await lock.acquire(path, { waitMs: 0 });
    const asked = new AbortController();
    const waiting = lock.acquire(path, { waitMs: 600_000, signal: asked.signal });
    setTimeout(() => asked.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ reason: "interrupted" });
    const { signal } = asked;
    await expect(lock.acquire(path, { waitMs: 600_000, signal })).rejects.toMatchObject({
      reason: "interrupted",
    });
    await release();
    await (await lock.acquire(path, { waitMs: 0 }))();
  });

  it("is free again as soon as its holder is killed", async () => {
    const path = join(folder, "killed");
    const child = await holdElsewhere(path);
    await expect(lock.acquire(path, { waitMs: 0 })).rejects.toThrow("another quadgate is running");
    child.kill("SIGKILL");
    await (await lock.acquire(path, { waitMs: 10_000 }))();
  });

  it("outlives the program that took it for quadgate, for as long as quadgate lives", async () => {
    const path = join(folder, "kept");
    const child = await holdElsewhere(path);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(lock.acquire(path, { waitMs: 0 })).rejects.toThrow("another quadgate is running");
    child.kill("SIGKILL");
  });
});
