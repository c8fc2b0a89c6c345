import { join } from "node:path";
import { messageOf } from "../../../lib/error-message.ts";
import type { DiskUsage } from "../../../model/host.ts";
import { listAt, textAt } from "../../../model/live.ts";
import { type Mount, mountOf, parseMounts } from "../../mounts.ts";
import type { LookedAt } from "../host.ts";
import { type Look, type Measure, type MeasureResult, percent } from "../measure.ts";

/** A file system on a remote machine has this long to answer. */
const TIMEOUT_MS = 5_000;

/** What a file system is used for. If it has several uses, the first counts. */
type Use = "root" | "storage" | "state" | "volumes";

interface Place {
  readonly use: Use;
  readonly path: string;
}

export const disks: Measure = { name: "disks", core: true, read };

async function read(look: Look): Promise<MeasureResult> {
  const { host } = look;
  const mounts = parseMounts((await host.files.read("/proc/self/mountinfo")) ?? "");
  const root = mountOf(mounts, "/");
  if (root === undefined) throw new Error("/proc/self/mountinfo cannot be read");
  const { places, unseen } = await placesOf(look, root);
  const seen = new Set<string>();
  const measured: MeasureResult[] = [];
  for (const { use, path } of places) {
    const { real, mount } = await locate(host, mounts, path);
    // A file system that holds several of these places is one problem if it is full. A read-only one is no
    // problem.
    if (mount === undefined || mount.readOnly || seen.has(mount.id)) continue;
    seen.add(mount.id);
    measured.push(await measure(host, { use, path: use === "volumes" ? mount.point : path }, real, mount));
  }
  return {
    values: measured.flatMap(({ values }) => values),
    unseen: [...unseen, ...measured.flatMap((each) => each.unseen ?? [])],
  };
}

/** The places to look at, and what podman could not say about them. */
async function placesOf(
  look: Look,
  root: Mount,
): Promise<{ readonly places: readonly Place[]; readonly unseen: readonly string[] }> {
  const { facts } = look.host;
  const unseen: string[] = [];
  const store = await look.host.podman.store().catch((error: unknown) => {
    unseen.push(`where podman keeps its storage (${messageOf(error)}), so quadgate looks at the usual place`);
    return {
      graphRoot: facts.rootless ? join(facts.home, ".local/share/containers") : "/var/lib/containers",
      volumePath: "",
    };
  });
  const containers = await look.containers().catch((error: unknown) => {
    unseen.push(`the volumes of containers (${messageOf(error)})`);
    return [];
  });
  const sources = containers.flatMap((container) =>
    listAt(container, "Mounts").map((mount) => textAt(mount, "Source")),
  );
  const volumes = [store.volumePath, ...sources].filter((path) => path.startsWith("/"));
  const places: readonly Place[] = [
    // The root of an image-based system is read-only; its data is below /var.
    { use: "root", path: root.readOnly ? "/var" : "/" },
    { use: "storage", path: store.graphRoot },
    { use: "state", path: facts.stateDir },
    ...[...new Set(volumes)].sort().map((path) => ({ use: "volumes", path }) as const),
  ];
  return { places, unseen };
}

async function locate(
  host: LookedAt,
  mounts: readonly Mount[],
  path: string,
): Promise<{ readonly real: string; readonly mount: Mount | undefined }> {
  const written = mountOf(mounts, path);
  if (written?.remote) return { real: path, mount: written };
  // If a link cannot be followed, the path counts as written.
  const real = await host.files.realPath(path).catch(() => path);
  return { real, mount: mountOf(mounts, real) };
}

async function measure(
  host: LookedAt,
  { use, path }: Place,
  real: string,
  mount: Mount,
): Promise<MeasureResult> {
  try {
    const usage = mount.remote ? await askRemote(host, mount.point) : await host.files.disk(real);
    if (usage === "silent") return { values: [{ metric: "disks_silent", value: 1, subject: path }] };
    if (usage === undefined) throw new Error("it is gone");
    // proc, sysfs and similar file systems have no size.
    if (usage.totalBytes === 0) return { values: [] };
    const value = percent(usage.totalBytes - usage.freeBytes, usage.totalBytes);
    const disk = { metric: `disk_${use}_percent`, value, subject: path } as const;
    // Btrfs has no fixed number of inodes and reports none.
    if (usage.totalInodes === 0) return { values: [disk] };
    const inodes = percent(usage.totalInodes - usage.freeInodes, usage.totalInodes);
    return { values: [disk, { metric: `inodes_${use}_percent`, value: inodes, subject: path }] };
  } catch (error) {
    return { values: [], unseen: [`${path} (${messageOf(error)})`] };
  }
}

/** Asks through a process that can be killed, because quadgate's own call could wait forever. */
async function askRemote(host: LookedAt, path: string): Promise<DiskUsage | "silent"> {
  const args = ["--file-system", "--format", "%S %b %f %a %c %d", "--", path];
  const result = await host.processes.run("stat", args, { timeoutMs: TIMEOUT_MS });
  if (result.timedOut) return "silent";
  if (result.exitCode !== 0) throw new Error(result.stderr.trim());
  const [size = 0, blocks = 0, free = 0, available = 0, totalInodes = 0, freeInodes = 0] = result.stdout
    .trim()
    .split(" ")
    .map(Number);
  return {
    totalBytes: (blocks - free + available) * size,
    freeBytes: available * size,
    totalInodes,
    freeInodes,
  };
}
