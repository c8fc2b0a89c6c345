import { readFileSync } from "node:fs";

/** A process that stays the same one even when its number is given to another. */
export interface ProcessId {
  pid: number;
  /** When it started, in clock ticks since boot. */
  start: string;
}

function stat(pid: number): { state: string; start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", start: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** Identifies a running process; throws when there is none with that number. */
export function identify(pid: number): ProcessId {
  const found = stat(pid);
  if (!found) throw new Error(`no process ${pid}`);
  return { pid, start: found.start };
}

/** Tells whether the process still runs; one that only waits to be collected by its parent does not. */
export function isAlive(process: ProcessId): boolean {
  const found = stat(process.pid);
  return found !== undefined && found.start === process.start && found.state !== "Z" && found.state !== "X";
}

/** Returns the children of a process, as far as it has any. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Blocks the whole process; for teardown, which must also work while the process exits. */
export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
