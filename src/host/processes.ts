import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { bytesOf, textOf } from "../lib/bytes.ts";
import { CommandError, QuadgateError } from "../model/errors.ts";
import type { Processes, RunOptions, RunResult } from "../model/host.ts";
import { killTree, MARK_VARIABLE } from "./process-tree.ts";

/**
 * quadgate reads what programs print, so it must be English. LANGUAGE counts with C.UTF-8 too (gettext(3)).
 */
export const ENGLISH = { LC_ALL: "C.UTF-8", LANGUAGE: "" } as const;

const DEFAULT_MAX_OUTPUT = 64 * 1024 * 1024;
/** Of a line that has not ended yet, only so many characters are kept. */
const LONGEST_LINE = 10_000;
/** SIGKILL has no effect on a process that waits for a disk. After this time quadgate leaves it alone. */
const UNKILLABLE_MS = 5_000;

/**
 * Runs programs through execa, without a shell and each in its own process group. On a time-out, everything
 * that a program has started dies with it.
 */
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
    encoding: "buffer",
    stripFinalNewline: false,
    cleanup: true,
    // A group of its own, because the terminal's Ctrl-C must not interrupt a step half way.
    detached: true,
    maxBuffer: maxOutput,
    stdin: options.input === undefined ? "ignore" : "pipe",
    ...(options.input === undefined ? {} : { input: bytesOf(options.input) }),
    env: { ...options.env, [MARK_VARIABLE]: mark },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const limits = limit(child, mark, options);
  watch(child, options);
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
    stdout: written(result.stdout),
    stderr: result.isMaxBuffer ? `more output than ${maxOutput} bytes` : written(result.stderr),
    timedOut: limits.expired(),
  };
}

/** What a program has written; nothing if it could not be started. */
function written(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : textOf(bytes);
}

/** Tells who asked for it that the program runs, and what it writes. */
function watch({ pid, stdout, stderr }: Child, { onStart, onLine }: RunOptions): void {
  if (pid !== undefined) onStart?.(pid);
  if (onLine === undefined) return;
  for (const stream of [stdout, stderr]) {
    let open = "";
    stream?.on("data", (chunk: Buffer | string) => {
      const lines = `${open}${chunk.toString()}`.split("\n");
      open = (lines.pop() ?? "").slice(-LONGEST_LINE);
      lines.forEach(onLine);
    });
  }
}

/** The part of a running program that its time limits need. */
type Child = Pick<ChildProcess, "pid" | "unref" | "stdout" | "stderr" | "once">;

interface Limits {
  readonly expired: () => boolean;
  /** Resolves if the program was killed but does not end. */
  readonly abandoned: Promise<undefined>;
  readonly clear: () => void;
}

/** Kills the program when its time is over, and closes outputs that other processes keep open. */
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
  // A process that left the group may keep the pipes open; the answer must not wait for it.
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

/** Runs a program and returns its stdout. Throws CommandError if it does not exit with 0. */
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
