import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleepSync } from "./processes.ts";

/** Returns where cgroup v2 is mounted: the root on most machines, `unified` where v1 is mounted beside it. */
export function cgroupRoot(): string {
  const unified = "/sys/fs/cgroup/unified";
  return existsSync(join(unified, "cgroup.procs")) ? unified : "/sys/fs/cgroup";
}

/** Returns the path of a lab's cgroup. */
export function cgroupOf(name: string): string {
  return join(cgroupRoot(), `lab-${name}`);
}

/** Makes an empty cgroup; throws when there is one already. */
export function createCgroup(path: string): void {
  mkdirSync(path);
}

/** Returns the process that a PID namespace within the cgroup knows as number 1, once systemd has settled there. */
export function findInit(cgroup: string): number | undefined {
  try {
    const pids = readFileSync(join(cgroup, "init.scope/cgroup.procs"), "utf8").split("\n").filter(Boolean);
    const init = pids.find((pid) => /^NSpid:.*\s1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8")));
    return init === undefined ? undefined : Number(init);
  } catch {
    return undefined;
  }
}

function isPopulated(cgroup: string): boolean {
  return /^populated 1$/m.test(readFileSync(join(cgroup, "cgroup.events"), "utf8"));
}

function removeTree(cgroup: string): void {
  for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(cgroup, entry.name));
  }
  rmdirSync(cgroup);
}

/** Kills all processes of a cgroup at once and removes it; does nothing when it is gone. Throws after 10 s. */
export function destroyCgroup(cgroup: string): void {
  const deadline = Date.now() + 10_000;
  while (existsSync(cgroup)) {
    try {
      writeFileSync(join(cgroup, "cgroup.kill"), "1");
      if (!isPopulated(cgroup)) removeTree(cgroup);
    } catch (error) {
      // Another process may be tearing down the same lab, and a dying process can keep its cgroup busy for a moment.
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error(`${cgroup} still has processes after 10 s`);
    if (existsSync(cgroup)) sleepSync(5);
  }
}
