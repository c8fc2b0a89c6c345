import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { cgroupRoot } from "./cgroup.ts";

let answer: { reason: string | undefined } | undefined;

/** Returns why this machine cannot run a lab, or undefined when it can, as far as can be told without booting one. */
export function whyNoLab(): string | undefined {
  answer ??= { reason: probe() };
  return answer.reason;
}

function probe(): string | undefined {
  if (process.platform !== "linux") return `it needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0)
    return "it needs root, for namespaces, mounts and a cgroup (try: sudo -E npm run ...)";
  for (const tool of ["unshare", "nsenter", "setpriv", "flock", "tar", "apt-get"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `${tool} is missing`;
  }
  const flags = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup"];
  const unshare = spawnSync("unshare", [...flags, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], {
    encoding: "utf8",
  });
  if (unshare.status !== 0) return `namespaces are not permitted here: ${unshare.stderr.trim()}`;
  return probeCgroup();
}

function probeCgroup(): string | undefined {
  const root = cgroupRoot();
  if (!existsSync(join(root, "cgroup.procs"))) return "no cgroup v2 is mounted in /sys/fs/cgroup";
  const path = join(root, `lab-probe-${process.pid}`);
  try {
    mkdirSync(path);
    const canKill = existsSync(join(path, "cgroup.kill"));
    rmdirSync(path);
    return canKill ? undefined : "the kernel is older than 5.14 (no cgroup.kill)";
  } catch (error) {
    return `no cgroup can be made: ${(error as Error).message}`;
  }
}
