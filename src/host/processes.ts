import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Processes, RunOptions, RunResult } from "../model/host.ts";
import { killTree, MARK_VARIABLE } from "./process-tree.ts";

/** What programs say is read, so they say it in English; LANGUAGE counts with C.UTF-8 too (gettext(3)). */
export const ENGLISH = { LC_ALL: "C.UTF-8", LANGUAGE: "" } as const;

const DEFAULT_MAX_OUTPUT = 64 * 1024 * 1024;
/** SIGKILL has no effect on a process that waits for a disk; after this time it is left to itself. */
const UNKILLABLE_MS = 5_000;

/** Runs programs through execa: no shell, a process group of their own; what they started dies with them on a time-out. */
export function createProcesses(environment: Readonly<Record<string, string>>): Processes {
  return {
    run: (file, args, options = {}) =>
      run(file, args, { ...options, env: { ...ENGLISH, ...environment, ...options.env } }),
  };
}

async function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { execa } = await import("execa");
  const mark = randomUUID();
  const maxOutput = options.maxOutput ?? DEFAULT_MAX_OUTPUT;
  const child = execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    cleanup: true,
    // A group of its own: the terminal's Ctrl-C must not cut a step in half.
    detached: true,
    maxBuffer: maxOutput,
    stdin: options.input === undefined ? "ignore" : "pipe",
    ...(options.input === undefined ? {} : { input: options.input }),
    env: { ...options.env, [MARK_VARIABLE]: mark },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const limits = limit(child, mark, options);
  const result = await Promise.race([child, limits.abandoned]);
  limits.clear();
  if (result === undefined) return { exitCode: undefined, stdout: "", stderr: "", timedOut: true };
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
  if (result.isMaxBuffer && child.pid !== undefined) await killTree(child.pid, mark);
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.isMaxBuffer ? `more output than ${maxOutput} bytes` : result.stderr,
    timedOut: limits.expired(),
  };
}

/** The part of a running program that its time limits need. */
type Child = Pick<ChildProcess, "pid" | "unref" | "stdout" | "stderr" | "once">;

interface Limits {
  readonly expired: () => boolean;
  /** Resolves when the program was killed and does not end all the same. */
  readonly abandoned: Promise<undefined>;
  readonly clear: () => void;
}

/** Kills the program when its time is over, and lets go of outputs that others keep open. */
function limit(child: Child, mark: string, { timeoutMs, lingerMs, signal }: RunOptions): Limits {
  let expired = false;
  let over = false;
  let abandon: (value: undefined) => void = () => undefined;
  const abandoned = new Promise<undefined>((resolve) => {
    abandon = resolve;
  });
  const timers: NodeJS.Timeout[] = [];
  const later = (ms: number, act: () => void) => {
    if (!over) timers.push(setTimeout(act, ms));
  };
  // Whoever left the process group may keep the pipes open; the answer must not wait for that.
  const letGo = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const expire = async () => {
    expired = true;
    if (child.pid !== undefined) await killTree(child.pid, mark);
    letGo();
    later(UNKILLABLE_MS, () => {
      child.unref();
      abandon(undefined);
    });
  };
  const stop = () => void expire();
  if (timeoutMs !== undefined) later(timeoutMs, stop);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  if (lingerMs !== undefined) child.once("exit", () => later(lingerMs, letGo));
  const clear = () => {
    over = true;
    timers.forEach(clearTimeout);
    signal?.removeEventListener("abort", stop);
  };
  return { expired: () => expired, abandoned, clear };
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
