import { describe, expect, test } from "vitest";
import type { DiskUsage } from "../../../src/model/host.ts";
import type { ServiceState } from "../../../src/model/live.ts";
import type { HealthHost } from "../../../src/observe/health/host.ts";
import { askHealth } from "../../../src/observe/health/index.ts";
import { healthHost, healthSettings } from "../../support/health-host.ts";
import { MemoryFiles } from "../../support/memory-files.ts";

const GB = 1024 ** 3;

function disk(percent: number, overrides: Partial<DiskUsage> = {}): DiskUsage {
  return {
    totalBytes: 100 * GB,
    freeBytes: (100 - percent) * GB,
    totalInodes: 1000,
    freeInodes: 900,
    ...overrides,
  };
}

interface Situation {
  disks?: Record<string, DiskUsage>;
  memoryPercent?: number;
  failed?: readonly string[];
  removed?: readonly string[];
  containers?: readonly { name: string; status: string; running?: boolean }[];
}

/** A host where all is well but for what the test says. */
function host({
  disks,
  memoryPercent = 40,
  failed = [],
  removed = [],
  containers = [],
}: Situation = {}): HealthHost {
  const files = new MemoryFiles();
  for (const [path, usage] of Object.entries(disks ?? { "/": disk(50) })) files.disks.set(path, usage);
  files.put(
    "/proc/meminfo",
    `MemTotal:       1000000 kB\nMemFree: 1 kB\nMemAvailable:   ${(100 - memoryPercent) * 10000} kB\n`,
  );
  const states = removed.map((name) => [name, { loadState: "not-found" } as ServiceState] as const);
  return {
    ...healthHost(),
    files,
    clock: { now: () => new Date("2026-01-01T12:00:00Z"), sleep: async () => undefined },
    systemd: { failedUnits: async () => [...failed, ...removed], services: async () => new Map(states) },
    podman: {
      containers: async () =>
        containers.map(({ name, status, running = true }) => ({
          Name: name,
          State: { Running: running, Health: { Status: status } },
        })),
    },
  };
}

async function report(situation: Situation) {
  const result = await askHealth(host(situation), healthSettings());
  if (!result.ok) throw new Error(result.message);
  return result.report;
}

const codes = (findings: readonly { code: string }[]) => findings.map(({ code }) => code);

test("a host where all is well scores 100 and shows its numbers", async () => {
  expect(await report({})).toEqual({
    provider: "builtin",
    score: 100,
    observedAt: "2026-01-01T12:00:00.000Z",
    critical: [],
    warnings: [],
    info: [],
    metrics: {
      disk_root_percent: 50,
      inodes_root_percent: 10,
      memory_percent: 40,
      failed_units: 0,
      unhealthy_containers: 0,
    },
  });
});

describe("the system disk", () => {
  test.each([
    [69, 100, [], []],
    [70, 95, [], ["W002"]],
    [80, 80, ["C003"], []],
    [90, 80, ["C002"], []],
    [100, 80, ["C002"], []],
  ])("%d %% full scores %d", async (percent, score, critical, warnings) => {
    const found = await report({ disks: { "/": disk(percent) } });
    expect(found.score).toBe(score);
    expect(codes(found.critical)).toEqual(critical);
    expect(codes(found.warnings)).toEqual(warnings);
  });

  test("counts once where podman's storage lies on it as well", async () => {
    const full = disk(92);
    const disks = {
      "/": full,
      "/home/me/.local/share/containers": { ...full, freeBytes: full.freeBytes - 4096 },
    };
    expect((await report({ disks })).score).toBe(80);
  });
});

describe("podman's storage and the state directory", () => {
  test("on disks of their own are looked at by themselves", async () => {
    const found = await report({
      disks: {
        "/": disk(50),
        "/home/me/.local/share/containers": disk(96, { totalBytes: 99 * GB, freeBytes: 4 * GB }),
        "/home/me/.local/state/quadgate": disk(90, { totalBytes: 10 * GB, freeBytes: 1 * GB }),
      },
    });
    expect(codes(found.critical)).toEqual(["Q001"]);
    expect(codes(found.warnings)).toEqual(["Q004"]);
    expect(found.score).toBe(75);
    expect(found.critical[0]?.message).toContain("/home/me/.local/share/containers");
  });

  test("that do not exist yet are judged by the folder above them", async () => {
    const disks = { "/": disk(50), "/home": disk(97, { totalBytes: 200 * GB, freeBytes: 6 * GB }) };
    expect(codes((await report({ disks })).critical)).toEqual(["Q001"]);
  });

  test("of a rootful quadgate are the system's", async () => {
    const facts = { ...healthHost().facts, rootless: false, stateDir: "/var/lib/quadgate" };
    const disks = { "/": disk(50), "/var/lib/containers": disk(99, { totalBytes: 7 * GB, freeBytes: 0 }) };
    const result = await askHealth({ ...host({ disks }), facts }, healthSettings());
    expect(result).toMatchObject({ ok: true, report: { score: 80, metrics: { disk_storage_percent: 100 } } });
  });
});

test("a disk without free inodes is full too, and one that counts none is not", async () => {
  const found = await report({ disks: { "/": disk(50, { freeInodes: 50 }) } });
  expect(codes(found.critical)).toEqual(["Q005"]);
  const btrfs = await report({ disks: { "/": disk(50, { totalInodes: 0, freeInodes: 0 }) } });
  expect(btrfs.score).toBe(100);
});

test.each([
  [89, 100],
  [90, 95],
  [97, 80],
])("memory %d %% in use scores %d", async (memoryPercent, score) => {
  expect((await report({ memoryPercent })).score).toBe(score);
});

test("failed services are one critical finding that names them", async () => {
  const found = await report({ failed: ["grafana.service", "loki.service"] });
  expect(found).toMatchObject({ score: 80, critical: [{ code: "C004" }] });
  expect(found.critical[0]?.message).toBe("services failed: grafana.service, loki.service");
});

test("a failed service whose unit was removed does not count", async () => {
  expect((await report({ removed: ["old.service"] })).score).toBe(100);
});

test("unhealthy containers cost more the more there are", async () => {
  const sick = (...names: readonly string[]) => names.map((name) => ({ name, status: "unhealthy" }));
  expect(await report({ containers: sick("b", "a") })).toMatchObject({
    score: 95,
    warnings: [{ code: "Q009", message: "containers unhealthy: a, b" }],
  });
  expect(await report({ containers: sick("a", "b", "c") })).toMatchObject({
    score: 80,
    critical: [{ code: "Q008" }],
  });
});

test("containers that start, are healthy, have no check or have stopped are not unhealthy", async () => {
  const containers = [
    { name: "a", status: "starting" },
    { name: "b", status: "healthy" },
    { name: "c", status: "" },
    { name: "d", status: "unhealthy", running: false },
  ];
  expect((await report({ containers })).score).toBe(100);
});

test("the score adds up and never falls below 0", async () => {
  const low = disk(99, { freeInodes: 0 });
  const found = await report({
    disks: {
      "/": low,
      "/home/me/.local/share/containers": { ...low, totalBytes: 1 * GB, freeBytes: 0 },
      "/home/me/.local/state/quadgate": { ...low, totalBytes: 2 * GB, freeBytes: 0 },
    },
    memoryPercent: 99,
    failed: ["x.service"],
  });
  expect(found.critical).toHaveLength(8);
  expect(found.score).toBe(0);
});

test("a check that cannot run is said in an info finding and costs nothing", async () => {
  const broken = { ...host(), podman: { containers: () => Promise.reject(new Error("podman: killed")) } };
  expect(await askHealth(broken, healthSettings())).toMatchObject({
    ok: true,
    report: { score: 100, info: [{ code: "Q000", message: "containers not checked: podman: killed" }] },
  });
});

test("when no check can run there is no report", async () => {
  const refuse = () => Promise.reject(new Error("refused"));
  const blind = {
    ...host(),
    files: new MemoryFiles(),
    podman: { containers: refuse },
    systemd: { failedUnits: refuse, services: refuse },
  };
  expect(await askHealth(blind, healthSettings())).toMatchObject({
    ok: false,
    code: "report-missing",
    provider: "builtin",
  });
});

test("provider: builtin is taken even where a command is configured", async () => {
  const settings = healthSettings({ provider: "builtin", command: ["/bin/false"] });
  expect(await askHealth(host(), settings)).toMatchObject({ ok: true, report: { provider: "builtin" } });
});
