import { readdir, readFile } from "node:fs/promises";

/**
 * The variable that everything inherits from a program with a time limit. quadgate finds the processes by it.
 */
export const MARK_VARIABLE = "QUADGATE_RUN";

/** The processes that were found may have started more in the meantime. */
const ROUNDS = 10;

/**
 * Kills a program that `run` started, its process group, and what has left that group (setsid, a double
 * fork). It finds them by the mark in their environment, or because they descend from the program. Processes
 * in another cgroup than this one belong to others (podman's containers and helpers, a service), and live on.
 */
export async function killTree(pid: number, mark: string): Promise<void> {
  // Before anything dies, because orphans lose their parent.
  const first = await findTree(pid, mark);
  kill(-pid);
  first.forEach(kill);
  for (let round = 1; round < ROUNDS; round += 1) {
    const left = await findTree(pid, mark);
    if (left.length === 0) return;
    left.forEach(kill);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in the meantime, or belongs to another user.
  }
}

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly marked: boolean;
}

async function findTree(root: number, mark: string): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).map(Number);
  const own = await read("self", "cgroup");
  const processes = (await Promise.all(pids.map((pid) => look(pid, mark)))).filter(
    (one) => one !== undefined,
  );
  const tree = new Set([root]);
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const one of processes) if (one.marked || tree.has(one.parent)) tree.add(one.pid);
  }
  const alive = processes.filter(({ pid }) => tree.has(pid));
  const groups = await Promise.all(alive.map(({ pid }) => read(pid, "cgroup")));
  return alive.filter((_, index) => groups[index] === own).map(({ pid }) => pid);
}

/** undefined for a process that has ended, zombies included. */
async function look(pid: number, mark: string): Promise<Found | undefined> {
  // proc_pid_stat(5): "pid (name) state ppid", where the name may hold anything.
  const stat = await read(pid, "stat");
  const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (stat === "" || state === "Z" || state === "X") return undefined;
  const environment = await read(pid, "environ");
  return {
    pid,
    parent: Number(parent),
    marked: environment.split("\0").includes(`${MARK_VARIABLE}=${mark}`),
  };
}

/** The text of a file in /proc; empty if the process is gone or belongs to another user. */
function read(pid: number | "self", file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
}
