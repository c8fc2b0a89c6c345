import type { DiskUsage, RunResult } from "../../src/model/host.ts";
import type { Json, ServiceState } from "../../src/model/live.ts";
import type { Settings } from "../../src/model/settings-schema.ts";
import { askHealth } from "../../src/observe/health/ask-health.ts";
import type { HealthHost, Managers } from "../../src/observe/health/host.ts";
import { healthHost, healthSettings } from "./health-host.ts";
import { MemoryFiles } from "./memory-files.ts";

const GB = 1024 ** 3;
export const NOW = new Date("2026-01-01T12:00:00Z");

/** 100 GB of which this much is used, with a tenth of its inodes. */
export function disk(percent: number, overrides: Partial<DiskUsage> = {}): DiskUsage {
  return {
    totalBytes: 100 * GB,
    freeBytes: (100 - percent) * GB,
    totalInodes: 1000,
    freeInodes: 900,
    ...overrides,
  };
}

/** What a test says of a host; everything else is well. */
export interface Situation {
  /** By path. */
  readonly disks?: Readonly<Record<string, DiskUsage>>;
  /** Mounts besides `/`: `POINT TYPE SOURCE OPTIONS`. */
  readonly mounts?: readonly string[];
  /** Content by path, instead of what a host that is well has there; null: there is no such file. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly failed?: readonly string[];
  /** Of the system's manager. */
  readonly failedInSystem?: readonly string[];
  readonly restarting?: readonly string[];
  readonly services?: readonly (Partial<ServiceState> & { readonly name: string })[];
  readonly containers?: readonly Json[];
  /** What programs answer, by name. */
  readonly programs?: Readonly<Record<string, Partial<RunResult>>>;
  readonly settings?: Partial<Settings["health"]>;
  readonly rootful?: boolean;
  /** What podman and systemd do instead of answering. */
  readonly podman?: Partial<Managers["podman"]>;
  readonly systemd?: Partial<Managers["systemd"]>;
}

const WELL: Readonly<Record<string, string>> = {
  "/proc/meminfo": meminfo({}),
  "/proc/pressure/cpu": pressure("some", 20),
  "/proc/pressure/memory": pressure("full", 0),
  "/proc/pressure/io": pressure("full", 1.4),
  "/proc/loadavg": "0.52 0.60 0.70 1/200 4242\n",
  "/proc/stat": "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\n",
  "/proc/uptime": "1036800.55 2000000.00\n",
};

export function meminfo({ used = 40, swapped = 0 }: { used?: number; swapped?: number }): string {
  return `MemTotal:       1000000 kB\nMemFree: 1 kB\nMemAvailable:   ${(100 - used) * 10000} kB
SwapTotal:  8000000 kB\nSwapFree:   ${8_000_000 - swapped * 10_000} kB\n`;
}

/** A file of /proc/pressure in which one line has this share in its last minute. */
export function pressure(line: "some" | "full", percent: number): string {
  const row = (name: string, value: number) =>
    `${name} avg10=0.00 avg60=${value.toFixed(2)} avg300=0.00 total=1\n`;
  return ["some", "full"].map((name) => row(name, name === line ? percent : 99)).join("");
}

function mountinfo(mounts: readonly string[]): string {
  return ["/ ext4 /dev/vda1 rw", ...mounts]
    .map((text, index) => {
      const [point, type, source, options] = text.split(" ");
      return `${30 + index} 1 254:${index} / ${point} ${options},relatime shared:1 - ${type} ${source} rw\n`;
    })
    .join("");
}

/** A host where all is well but for what the test says. */
export function builtinHost(situation: Situation = {}): HealthHost {
  const { failed = [], restarting = [], services = [], containers = [], programs = {} } = situation;
  const files = new MemoryFiles();
  for (const [path, usage] of Object.entries(situation.disks ?? { "/": disk(50) }))
    files.disks.set(path, usage);
  const contents = { ...WELL, "/proc/self/mountinfo": mountinfo(situation.mounts ?? []), ...situation.files };
  for (const [path, text] of Object.entries(contents)) if (text !== null) files.put(path, text);
  const host = healthHost(situation.rootful ? { rootless: false, stateDir: "/var/lib/quadgate" } : {});
  const answers = {
    timedatectl: { stdout: "NTP=yes\nNTPSynchronized=yes\n" },
    ...programs,
  } as Readonly<Record<string, Partial<RunResult>>>;
  return {
    ...host,
    files,
    clock: { now: () => NOW, ticks: () => 0, timezone: () => "UTC", sleep: async () => undefined },
    processes: {
      run: async (program, args, options) =>
        program in answers
          ? { exitCode: 0, stdout: "", stderr: "", timedOut: false, ...answers[program] }
          : host.processes.run(program, args, options),
    },
    within: (timeoutMs) => ({
      systemd: {
        failedUnits: async () => failed,
        failedSystemUnits: async () => situation.failedInSystem ?? [],
        restartingUnits: async () => restarting,
        services: async (names) => new Map(names.map((name) => [name, stateOf(name, services)])),
        ...situation.systemd,
      },
      podman: { ...host.within(timeoutMs).podman, containers: async () => containers, ...situation.podman },
    }),
  };
}

function stateOf(name: string, services: Situation["services"] = []): ServiceState {
  const known = services.find((one) => one.name === name);
  const state = {
    loadState: "loaded",
    activeState: "active",
    subState: "running",
    restarts: 0,
    ...known,
    name,
  };
  return state as ServiceState;
}

/** The built-in report of such a host. */
export async function builtinReport(situation: Situation = {}) {
  const result = await askHealth(builtinHost(situation), healthSettings(situation.settings));
  if (!result.ok) throw new Error(result.message);
  return result.report;
}

/** `code message` of findings. */
export function said(
  findings: readonly { readonly code: string; readonly message: string }[],
): readonly string[] {
  return findings.map(({ code, message }) => `${code} ${message}`);
}

export function codes(findings: readonly { readonly code: string }[]): readonly string[] {
  return findings.map(({ code }) => code);
}
