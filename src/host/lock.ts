import { spawn } from "node:child_process";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../lib/error-code.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Lock } from "../model/host.ts";
import { endUnchanged } from "../model/stop.ts";

/**
 * flock(2) through flock(1): a lock belongs to the open file description, which the child shares with this
 * process. After the child has ended, the lock lasts until this process closes the file or dies, however it
 * dies. So there are no stale locks, and quadgate needs no native module.
 */
export function createLock(): Lock {
  return {
    async acquire(path, { waitMs, signal, shared = false }) {
      const handle = await openLock(path);
      const exitCode = await flock(handle.fd, { waitMs, signal, shared }).catch(async (error: unknown) => {
        await handle.close();
        throw error;
      });
      if (exitCode === 0) return () => handle.close();
      await handle.close();
      endUnchanged(signal);
      // A stop of all processes of a service or terminal may end the child before this process notices.
      if (exitCode === null) {
        throw new QuadgateError("interrupted", `the wait for ${path} was interrupted`, {
          hint: "run the command again",
        });
      }
      throw new QuadgateError("locked", `another quadgate is running (${path} is locked)`, {
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

interface FlockOptions {
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly shared: boolean;
}

/** The exit status of flock(1), which an abort ends; null: a signal killed it. */
function flock(fd: number, { waitMs, signal, shared }: FlockOptions): Promise<number | null> {
  const waits = waitMs > 0 && !signal?.aborted;
  const patience = waits ? ["--wait", String(Math.max(1, Math.ceil(waitMs / 1000)))] : ["--nonblock"];
  return new Promise<number | null>((resolve, reject) => {
    const child = spawn("flock", [shared ? "--shared" : "--exclusive", ...patience, "3"], {
      stdio: ["ignore", "ignore", "ignore", fd],
    });
    const end = () => void child.kill();
    signal?.addEventListener("abort", end);
    child.once("error", (error) =>
      reject(
        new QuadgateError("command-missing", "cannot run flock: not found", {
          hint: "install util-linux",
          cause: error,
        }),
      ),
    );
    child.once("exit", (code) => {
      signal?.removeEventListener("abort", end);
      resolve(code);
    });
  });
}
