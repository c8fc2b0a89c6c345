import { spawn } from "node:child_process";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { QuadgateError } from "../model/errors.ts";
import type { Lock } from "../model/host.ts";
import { codeOf } from "./error-code.ts";

/**
 * flock(2) through flock(1): a lock belongs to the open file description, and the child shares ours. When
 * the child has ended the lock stays ours until this process closes the file or dies, however it dies. So
 * there is no stale lock, and no native module is needed.
 */
export function createLock(): Lock {
  return {
    async acquire(path, { waitMs }) {
      const handle = await openLock(path);
      const exitCode = await flock(handle.fd, waitMs).catch(async (error: unknown) => {
        await handle.close();
        throw error;
      });
      if (exitCode === 0) return () => handle.close();
      await handle.close();
      throw new QuadgateError("locked", `another quadgate is at work (${path} is locked)`, {
        hint: "wait for it to end, or look for it with: pgrep -af quadgate",
      });
    },
  };
}

async function openLock(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, "a", 0o600);
  } catch (error) {
    throw new QuadgateError("state-unwritable", `cannot open the lock ${path}: ${codeOf(error)}`, {
      hint: "check the owner and the mode of the file and of its folder, and the free space",
      cause: error,
    });
  }
}

function flock(fd: number, waitMs: number): Promise<number | null> {
  const patience = waitMs > 0 ? ["--wait", String(Math.max(1, Math.ceil(waitMs / 1000)))] : ["--nonblock"];
  return new Promise((resolve, reject) => {
    const child = spawn("flock", ["--exclusive", ...patience, "3"], {
      stdio: ["ignore", "ignore", "ignore", fd],
    });
    child.once("error", (error) =>
      reject(
        new QuadgateError("command-missing", "cannot run flock: not found", {
          hint: "install util-linux",
          cause: error,
        }),
      ),
    );
    child.once("exit", (code) => resolve(code));
  });
}
