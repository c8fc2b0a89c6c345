import { existsSync, readdirSync, readFileSync } from "node:fs";
import { workFolder } from "./registry.ts";

/** Returns what is left of a lab on this machine: its cgroup, its work folder, and mounts in any namespace. */
export function traces(name: string, cgroup: string): string[] {
  const mounts = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`/run/${name}/`);
      } catch {
        return false;
      }
    });
  return [cgroup, workFolder(name)].filter((path) => existsSync(path)).concat(mounts);
}
