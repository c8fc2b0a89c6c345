import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Processes, RunOptions, RunResult } from "../model/host.ts";

const DEFAULT_MAX_OUTPUT = 64 * 1024 * 1024;

/** Runs programs through execa: no shell, a process group of their own, which dies as a whole on a time-out. */
export function createProcesses(environment: Readonly<Record<string, string>>): Processes {
  return {
    run: (file, args, options = {}) =>
      run(file, args, { ...options, env: { ...environment, ...options.env } }),
  };
}

async function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { execa } = await import("execa");
  const child = execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    cleanup: true,
    // A group of its own: the terminal's Ctrl-C must not cut a step in half, and a time-out must reach grandchildren.
    detached: true,
    maxBuffer: options.maxOutput ?? DEFAULT_MAX_OUTPUT,
    stdin: options.input === undefined ? "ignore" : "pipe",
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let timedOut = false;
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(expire, options.timeoutMs);
  function expire(): void {
    timedOut = true;
    killGroup(child.pid);
    // A grandchild that left the group may keep the pipes open; the answer must not wait for it.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
  const result = await child;
  clearTimeout(timer);
  if (result.code === "ENOENT" || result.code === "EACCES") {
    throw new QuadgateError(
      "command-missing",
      `cannot run ${file}: ${result.code === "ENOENT" ? "not found" : "permission denied"}`,
      {
        hint: `install ${file} or correct the path`,
        cause: result,
      },
    );
  }
  if (result.isMaxBuffer) killGroup(child.pid);
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.isMaxBuffer
      ? `more output than ${options.maxOutput ?? DEFAULT_MAX_OUTPUT} bytes`
      : result.stderr,
    timedOut,
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended in the meantime.
  }
}

/** Runs a program and returns its stdout; throws CommandError when it does not exit with 0. */
export async function output(
  processes: Processes,
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await processes.run(file, args, options);
  if (result.exitCode !== 0) {
    const why = result.timedOut ? `timed out after ${options.timeoutMs ?? 0} ms` : result.stderr;
    throw new CommandError([file, ...args].join(" "), result.exitCode, why);
  }
  return result.stdout;
}
