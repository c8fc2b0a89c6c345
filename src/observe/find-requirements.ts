import { posix } from "node:path";
import type { Host } from "../model/host.ts";
import type { FolderState, FoundNeeds, Listener, NeedsQuestion } from "../model/host-requirements.ts";
import { type Mount, mountOf, parseMounts, unescaped } from "./mounts.ts";

/** The parts of a host that quadgate asks. */
export interface NeedsHost {
  readonly files: Pick<Host["files"], "read" | "disk" | "realPath">;
  readonly folders: Pick<Host["folders"], "look">;
  readonly podman: Pick<Host["podman"], "secrets" | "inspect">;
}

/** Is there only if the kernel has loaded a policy of SELinux. */
const SELINUX_ENFORCE = "/sys/fs/selinux/enforce";

/** Looks for what instances need: all at once, without writing anything. */
export async function lookForNeeds(host: NeedsHost, ask: NeedsQuestion): Promise<FoundNeeds> {
  const mounts = host.files.read("/proc/self/mountinfo").then((text) => parseMounts(text ?? ""));
  const [folders, paths, pods, secrets, listeners, sysctls, disks, mountsOf, mountPoints, fstab, enforce] =
    await Promise.all([
      lookAll(host, ask.folders),
      lookAll(host, ask.paths),
      host.podman.inspect("pod", ask.pods),
      ask.secrets ? host.podman.secrets() : [],
      ask.ports ? listening(host) : [],
      Promise.all(ask.sysctls.map((name) => sysctl(host, name))),
      Promise.all(ask.disks.map((path) => freeSpace(host, path))),
      Promise.all(ask.mountsOf.map(async (path) => mountPointOf(host, path, await mounts))),
      mounts.then((all) => all.map(({ point }) => point)),
      host.files.read("/etc/fstab").then(bootMountsIn),
      host.files.read(SELINUX_ENFORCE),
    ]);
  return {
    folders,
    paths: new Set(paths.keys()),
    pods,
    secrets: new Set(secrets),
    listeners,
    sysctls: new Map(sysctls.flat()),
    disks: new Map(disks.flat()),
    mountsOf: new Map(mountsOf),
    mountPoints: new Set(mountPoints),
    fstab,
    hasSelinux: enforce !== undefined,
  };
}

async function lookAll(host: NeedsHost, paths: readonly string[]): Promise<ReadonlyMap<string, FolderState>> {
  const states = await Promise.all(
    [...new Set(paths)].map(async (path) => [path, await host.folders.look(path)] as const),
  );
  return new Map(states.flatMap(([path, state]) => (state === undefined ? [] : [[path, state]])));
}

/** Sources: proc_pid_net(5). A socket that waits for connections has state 0A (TCP) or 07 (UDP). */
const SOCKET_TABLES = [
  { file: "/proc/net/tcp", protocol: "tcp", state: "0A" },
  { file: "/proc/net/tcp6", protocol: "tcp", state: "0A" },
  { file: "/proc/net/udp", protocol: "udp", state: "07" },
  { file: "/proc/net/udp6", protocol: "udp", state: "07" },
] as const;

async function listening(host: NeedsHost): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    SOCKET_TABLES.map(async ({ file, protocol, state }) => {
      const rows = ((await host.files.read(file)) ?? "").split("\n").slice(1);
      return rows.flatMap((row): Listener[] => {
        const [, local = "", , status] = row.trim().split(/\s+/);
        const port = Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16);
        return status === state && port > 0 ? [{ protocol, port }] : [];
      });
    }),
  );
  return tables.flat();
}

async function sysctl(host: NeedsHost, name: string): Promise<readonly [string, number][]> {
  const text = await host.files.read(`/proc/sys/${name.replaceAll(".", "/")}`);
  const value = Number(text?.trim().split(/\s+/)[0] || Number.NaN);
  return Number.isNaN(value) ? [] : [[name, value]];
}

/** The free bytes of the file system that a path is on, or will be on. */
async function freeSpace(host: NeedsHost, path: string): Promise<readonly [string, number][]> {
  for (let folder = path; ; folder = posix.dirname(folder)) {
    const disk = await host.files.disk(folder);
    if (disk !== undefined) return [[path, disk.freeBytes]];
    if (folder === posix.dirname(folder)) return [];
  }
}

/** The mount point of a path that may not exist yet. Follows links as far as it can see them. */
async function mountPointOf(
  host: NeedsHost,
  path: string,
  mounts: readonly Mount[],
): Promise<readonly [string, string]> {
  const real = await host.files.realPath(path).catch(() => path);
  return [path, mountOf(mounts, real)?.point ?? "/"];
}

/** Source: fstab(5). */
function bootMountsIn(text = ""): readonly string[] {
  return text
    .split("\n")
    .filter((line) => !line.trim().startsWith("#"))
    .flatMap((line) => {
      const [, path = "", , options = ""] = line.trim().split(/\s+/);
      return path.startsWith("/") && path !== "/" && !options.split(",").includes("noauto")
        ? [unescaped(path)]
        : [];
    });
}
