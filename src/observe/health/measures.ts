import { dirname, join } from "node:path";
import type { DiskUsage } from "../../model/host.ts";
import { at, type Json, textAt } from "../../model/live.ts";
import type { Measurement } from "./checks.ts";
import type { HealthHost } from "./host.ts";

/** Reads some of the host's numbers; throws when it cannot. */
interface Measure {
  /** For people: what could not be looked at. */
  readonly name: string;
  readonly read: (host: HealthHost) => Promise<readonly Measurement[]>;
}

export const MEASURES: readonly Measure[] = [
  { name: "disks", read: readDisks },
  { name: "memory", read: readMemory },
  { name: "services", read: readServices },
  { name: "containers", read: readContainers },
];

/** Two looks at one file system a moment apart may differ by this much. */
const SAME_DISK_BYTES = 256 * 1024 * 1024;

async function readDisks(host: HealthHost): Promise<readonly Measurement[]> {
  const { rootless, home, stateDir } = host.facts;
  const places = [
    { key: "root", path: "/" },
    { key: "storage", path: rootless ? join(home, ".local/share/containers") : "/var/lib/containers" },
    { key: "state", path: stateDir },
  ];
  const seen: DiskUsage[] = [];
  const measured: Measurement[] = [];
  for (const { key, path } of places) {
    const usage = await diskAbove(host, path);
    // A file system that is two of these places is one problem when it is full.
    if (seen.some((other) => sameDisk(other, usage))) continue;
    seen.push(usage);
    measured.push(...percentages(key, path, usage));
  }
  return measured;
}

/** The file system of a path, or of the nearest folder above it where the path does not exist yet. */
async function diskAbove(host: HealthHost, path: string): Promise<DiskUsage> {
  const usage = await host.files.disk(path);
  if (usage) return usage;
  if (path === dirname(path)) throw new Error(`the file system of ${path} cannot be read`);
  return diskAbove(host, dirname(path));
}

function sameDisk(a: DiskUsage, b: DiskUsage): boolean {
  const total = a.totalBytes === b.totalBytes && a.totalInodes === b.totalInodes;
  return total && Math.abs(a.freeBytes - b.freeBytes) < SAME_DISK_BYTES;
}

function percentages(key: string, subject: string, usage: DiskUsage): readonly Measurement[] {
  const disk = { metric: `disk_${key}_percent`, value: used(usage.totalBytes, usage.freeBytes), subject };
  // Btrfs has no fixed number of inodes and reports none.
  if (usage.totalInodes === 0) return [disk];
  const value = used(usage.totalInodes, usage.freeInodes);
  return [disk, { metric: `inodes_${key}_percent`, value, subject }];
}

function used(total: number, free: number): number {
  return total === 0 ? 0 : Math.round(((total - free) / total) * 100);
}

async function readMemory(host: HealthHost): Promise<readonly Measurement[]> {
  const text = (await host.files.read("/proc/meminfo")) ?? "";
  const kilobytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
  const [total, available] = [kilobytes("MemTotal"), kilobytes("MemAvailable")];
  if (!(total > 0 && available >= 0)) throw new Error("/proc/meminfo does not say how much is available");
  return [{ metric: "memory_percent", value: used(total, available), subject: "memory" }];
}

/** An audit that found drift fails, to be seen; it must not lower the score that gates the cure. */
const AUDIT = "quadgate-drift.service";

async function readServices(host: HealthHost): Promise<readonly Measurement[]> {
  const failed = await host.systemd.failedUnits();
  const states = failed.length === 0 ? new Map() : await host.systemd.services(failed);
  // A unit that was removed stays in systemd's list of failed ones; it is nothing that should run.
  const names = failed.filter((name) => name !== AUDIT && states.get(name)?.loadState !== "not-found");
  return [{ metric: "failed_units", value: names.length, subject: names.join(", ") }];
}

async function readContainers(host: HealthHost): Promise<readonly Measurement[]> {
  const names = (await host.podman.containers()).filter(isUnhealthy).map((each) => textAt(each, "Name"));
  return [{ metric: "unhealthy_containers", value: names.length, subject: names.sort().join(", ") }];
}

/** A stopped container keeps its last health status, which says nothing any more. */
function isUnhealthy(container: Json): boolean {
  return (
    at(container, "State", "Running") === true &&
    textAt(container, "State", "Health", "Status") === "unhealthy"
  );
}
