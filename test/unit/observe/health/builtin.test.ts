import { describe, expect, test } from "vitest";
import { CommandError, QuadgateError } from "../../../../src/model/errors.ts";
import { HEALTH_CHECKS, HEALTH_CODES, HEALTH_METRICS } from "../../../../src/model/health-checks.ts";
import type { ServiceState } from "../../../../src/model/live.ts";
import { askHealth } from "../../../../src/observe/health/index.ts";
import {
  builtinHost,
  builtinReport,
  codes,
  disk,
  meminfo,
  pressure,
  said,
} from "../../../support/builtin-host.ts";
import { healthSettings } from "../../../support/health-host.ts";
import { MemoryFiles } from "../../../support/memory-files.ts";

test("a host where all is well scores 100 and shows its numbers", async () => {
  expect(await builtinReport()).toEqual({
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
      swap_percent_of_memory: 0,
      pressure_cpu_percent: 20,
      pressure_memory_percent: 0,
      pressure_io_percent: 1,
      load_per_core: 0.3,
      failed_units: 0,
      failed_system_units: 0,
      restarting_services: 0,
      unhealthy_containers: 0,
      oom_killed_containers: 0,
      reboot_pending: 0,
      clock_unsynchronised: 0,
      load_avg: "0.52",
      uptime_days: 12,
    },
  });
});

describe("memory", () => {
  test.each([
    [89, 100],
    [90, 95],
    [97, 80],
  ])("%d %% in use scores %d", async (used, score) => {
    expect((await builtinReport({ files: { "/proc/meminfo": meminfo({ used }) } })).score).toBe(score);
  });

  test.each([
    [19, []],
    [20, ["W004 swap in use, 20% of the memory's size"]],
    [250, ["W004 swap in use, 250% of the memory's size"]],
  ])("swapped by %d %% of its size warns by %j", async (swapped, warnings) => {
    const report = await builtinReport({ files: { "/proc/meminfo": meminfo({ swapped }) } });
    expect(said(report.warnings)).toEqual(warnings);
  });
});

describe("pressure and load", () => {
  test.each([
    ["memory", "full", 9, 100],
    ["memory", "full", 10, 95],
    ["memory", "full", 30, 80],
    ["io", "full", 39, 100],
    ["io", "full", 40, 95],
    ["io", "full", 80, 80],
    ["cpu", "some", 79, 100],
    ["cpu", "some", 80, 97],
    ["cpu", "some", 100, 97],
  ] as const)("on %s, %s %d %%, scores %d", async (resource, line, share, score) => {
    const files = { [`/proc/pressure/${resource}`]: pressure(line, share) };
    expect((await builtinReport({ files })).score).toBe(score);
  });

  test("of a busy processor cost no more than one warning together", async () => {
    const files = { "/proc/pressure/cpu": pressure("some", 100), "/proc/loadavg": "90.1 64.0 9.0 1/2 3\n" };
    const report = await builtinReport({ files });
    expect(report).toMatchObject({ score: 95, metrics: { load_per_core: 32 } });
    expect(said(report.warnings)).toEqual([
      "Q017 some work waited for a processor in 100% of the last minute",
      "Q018 a load of 32 per core over five minutes",
    ]);
  });

  test("that the kernel does not tell are said to be unseen, in one line", async () => {
    const files = { "/proc/pressure/cpu": null, "/proc/pressure/memory": null, "/proc/pressure/io": null };
    const report = await builtinReport({ files });
    expect(report.score).toBe(100);
    expect(said(report.info)).toEqual([
      "Q000 not checked: pressure: no /proc/pressure/{cpu,memory,io}; boot with psi=1",
    ]);
  });
});

describe("services", () => {
  test("that failed are one finding that names them, and worse the more they are", async () => {
    const two = await builtinReport({ failed: ["loki.service", "grafana.service"] });
    expect(two.score).toBe(95);
    expect(said(two.warnings)).toEqual(["Q021 services failed: grafana.service, loki.service"]);
    const three = await builtinReport({ failed: ["a.service", "b.service", "c.service"] });
    expect(three).toMatchObject({ score: 80, critical: [{ code: "Q020" }], warnings: [] });
  });

  test("of the system that failed are a warning of their own, where quadgate uses a user's manager", async () => {
    const failedInSystem = ["a.mount", "quadgate-drift.service", "b.service", "c.service", "d.service"];
    const report = await builtinReport({ failedInSystem, failed: ["web.service"] });
    expect(report).toMatchObject({
      score: 90,
      critical: [],
      metrics: { failed_units: 1, failed_system_units: 4 },
    });
    expect(said(report.warnings)).toEqual([
      "Q021 services failed: web.service",
      "Q028 units of the system failed: a.mount, b.service, c.service, d.service",
    ]);
    expect(await builtinReport({ failedInSystem, rootful: true })).toMatchObject({
      score: 100,
      warnings: [],
    });
  });

  test("of the system that cannot be seen are said so, and the user's are seen", async () => {
    const failedSystemUnits = () => Promise.reject(new Error("no bus"));
    const report = await builtinReport({ failed: ["web.service"], systemd: { failedSystemUnits } });
    expect(said(report.warnings)).toEqual(["Q021 services failed: web.service"]);
    expect(said(report.info)).toEqual(["Q000 not checked: services: the system's failed units (no bus)"]);
  });

  test("that failed and were removed do not count, and neither does the audit", async () => {
    const services = [{ name: "old.service", loadState: "not-found" }];
    const failed = ["old.service", "quadgate-drift.service"];
    expect((await builtinReport({ failed, services })).score).toBe(100);
  });

  test("that wait to be started again, or were again and again, are named once", async () => {
    const container = (name: string, startedAt: string, running = true) => ({
      Name: name,
      Config: { Labels: { PODMAN_SYSTEMD_UNIT: `${name}.service` } },
      State: { Running: running, StartedAt: startedAt },
    });
    const report = await builtinReport({
      restarting: ["waits.service"],
      services: [
        { name: "flaps.service", restarts: 3 },
        { name: "once.service", restarts: 2 },
        { name: "ended.service", restarts: 9 },
        { name: "calm.service", restarts: 9 },
      ],
      containers: [
        container("flaps", "2026-01-01T11:58:00.123456789Z"),
        container("once", "2026-01-01T11:58:00Z"),
        container("ended", "2026-01-01T11:58:00Z", false),
        container("calm", "2026-01-01T11:00:00Z"),
      ],
    });
    expect(said(report.warnings)).toEqual([
      "Q023 services that start again and again: flaps.service, waits.service",
    ]);
  });

  test("that the settings call keystones count for more, and those that nobody knows are a warning", async () => {
    const services = [
      { name: "traefik.service", activeState: "inactive", subState: "dead" },
      { name: "db.service", activeState: "activating", subState: "auto-restart" },
      { name: "new.service", activeState: "activating", subState: "start" },
      { name: "typo.service", loadState: "not-found", activeState: "inactive" },
      { name: "pool.mount", activeState: "active" },
    ];
    const keystones = ["traefik", "db.service", "new", "typo", "pool.mount"];
    const report = await builtinReport({ services, settings: { keystones } });
    expect(said(report.critical)).toEqual(["C004 critical services down: db.service, traefik.service"]);
    expect(said(report.warnings)).toEqual([
      "Q019 critical services that systemd does not know: typo.service",
    ]);
    expect(report.score).toBe(75);
  });

  test("that are keystones and of which systemd tells nothing are down, and hide no other one", async () => {
    const up = (name: string) => ({ name, loadState: "loaded", activeState: "active" }) as ServiceState;
    const services = async (names: readonly string[]) => {
      if (names.includes("odd.service")) throw new CommandError("systemctl show", 1, "no unit name");
      return new Map(names.map((name) => [name, up(name)]));
    };
    const report = await builtinReport({ systemd: { services }, settings: { keystones: ["odd", "db"] } });
    expect(said(report.critical)).toEqual(["C004 critical services down: odd.service"]);
    expect(report.info).toEqual([]);
  });
});

describe("containers", () => {
  const sick = (name: string, state: object = {}) => ({
    Name: name,
    State: { Running: true, Health: { Status: "unhealthy" }, ...state },
  });

  test("that are unhealthy cost the more the more there are", async () => {
    const two = await builtinReport({ containers: [sick("b"), sick("a")] });
    expect(two.score).toBe(95);
    expect(said(two.warnings)).toEqual(["Q009 containers unhealthy: a, b"]);
    const three = await builtinReport({ containers: [sick("a"), sick("b"), sick("c")] });
    expect(three).toMatchObject({ score: 80, critical: [{ code: "Q008" }] });
  });

  test("that start, are healthy, have no check or have stopped are not unhealthy", async () => {
    const containers = [
      sick("a", { Health: { Status: "starting" } }),
      sick("b", { Health: { Status: "healthy" } }),
      sick("c", { Health: { Status: "" } }),
      sick("d", { Running: false }),
    ];
    expect((await builtinReport({ containers })).score).toBe(100);
  });

  test("in which something was killed for lack of memory are named, dead or alive", async () => {
    const well = { Health: { Status: "healthy" } };
    const report = await builtinReport({
      files: { "/sys/fs/cgroup/app.slice/x/memory.events": "low 0\nhigh 3\nmax 9\noom 2\noom_kill 2\n" },
      containers: [
        sick("dead", { ...well, Running: false, OOMKilled: true }),
        sick("hurt", { ...well, CgroupPath: "/app.slice/x" }),
        sick("fine", { ...well, CgroupPath: "/app.slice/y" }),
      ],
    });
    expect(said(report.warnings)).toEqual(["Q024 something was killed for lack of memory in: dead, hurt"]);
  });
});

describe("the clock", () => {
  test.each([
    ["NTP=yes\nNTPSynchronized=no\n", ["Q026"], []],
    ["NTP=yes\nNTPSynchronized=yes\n", [], []],
    ["NTP=no\nNTPSynchronized=yes\n", [], []],
    ["NTP=no\nNTPSynchronized=no\n", [], ["Q000"]],
    ["what\n", [], ["Q000"]],
  ])("of which timedatectl says %j warns by %j and informs by %j", async (stdout, warnings, info) => {
    const report = await builtinReport({ programs: { timedatectl: { stdout } } });
    expect([codes(report.warnings), codes(report.info)]).toEqual([warnings, info]);
  });
});

describe("SELinux", () => {
  const config = { "/etc/selinux/config": "# comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n" };

  test.each([
    ["is not there", {}, {}, 100, undefined],
    ["enforces as it should", { ...config, "/sys/fs/selinux/enforce": "1" }, {}, 100, "Enforcing"],
    ["should enforce and does not", { ...config, "/sys/fs/selinux/enforce": "0" }, {}, 80, "Permissive"],
    ["should enforce and is off", config, {}, 80, "Disabled"],
    [
      "need not enforce",
      { "/etc/selinux/config": "SELINUX=permissive\n", "/sys/fs/selinux/enforce": "0" },
      {},
      100,
      "Permissive",
    ],
    ["must enforce by the settings", {}, { selinux: "enforcing" }, 80, undefined],
    ["is nobody's concern", config, { selinux: "off" }, 100, undefined],
  ] as const)("that %s", async (_, files, settings, score, shown) => {
    const report = await builtinReport({ files, settings });
    expect([report.score, report.metrics.selinux]).toEqual([score, shown]);
    expect(codes(report.critical)).toEqual(score === 100 ? [] : ["C001"]);
  });
});

describe("a reboot", () => {
  const kernels = (running: string, ...installed: readonly string[]) => ({
    "/proc/sys/kernel/osrelease": `${running}\n`,
    ...Object.fromEntries(installed.map((name) => [`/usr/lib/modules/${name}/modules.dep`, ""])),
  });

  test.each([
    ["packages ask for", { "/run/reboot-required": "" }, "packages ask for it"],
    ["a staged system asks for", { "/run/ostree/staged-deployment": "" }, "a new system is staged"],
    [
      "a newer kernel asks for",
      kernels("6.11.9-300.fc41.x86_64", "6.11.9-300.fc41.x86_64", "6.11.10-300.fc41.x86_64"),
      "the kernel 6.11.10-300.fc41.x86_64 is installed and 6.11.9-300.fc41.x86_64 runs",
    ],
    [
      "a kernel that is gone asks for",
      kernels("6.11.5-arch1-1", "6.11.6-arch1-1"),
      "the kernel 6.11.5-arch1-1 that runs is not installed any more",
    ],
  ])("that %s is pending", async (_, files, reason) => {
    expect(said((await builtinReport({ files })).warnings)).toEqual([`W001 a reboot is pending: ${reason}`]);
  });

  test.each([
    ["the newest kernel runs", kernels("6.12.10-amd64", "6.12.9-amd64", "6.12.10-amd64")],
    ["a newer kernel is of another kind", kernels("6.6.58-1-lts", "6.6.58-1-lts", "6.11.6-arch1-1")],
    ["no kernel is installed", kernels("6.6.58")],
    [
      "a removed kernel left a folder",
      { ...kernels("6.6.58", "6.6.58"), "/usr/lib/modules/6.6.60/extra/x.ko": "" },
    ],
  ])("is not, where %s", async (_, files) => {
    expect((await builtinReport({ files })).warnings).toEqual([]);
  });
});

describe("the score", () => {
  test("adds up and never falls below 0", async () => {
    const full = disk(99, { freeInodes: 0 });
    const places = ["/", "/home/me/.local/share/containers/storage", "/home/me/.local/state/quadgate"];
    const found = await builtinReport({
      disks: Object.fromEntries(places.map((path) => [path, full])),
      mounts: places.slice(1).map((path) => `${path} ext4 /dev/x rw`),
      files: { "/proc/meminfo": meminfo({ used: 99 }) },
    });
    expect(found.critical).toHaveLength(7);
    expect(found.score).toBe(0);
  });

  test("follows limits and weights of the settings, and leaves out what is off", async () => {
    const situation = { disks: { "/": disk(75) }, failed: ["x.service"] };
    expect((await builtinReport(situation)).score).toBe(90);
    const scored = (checks: NonNullable<ReturnType<typeof healthSettings>["checks"]>) =>
      builtinReport({ ...situation, settings: { checks } });
    expect((await scored({ W002: { limit: 76 } })).score).toBe(95);
    expect((await scored({ W002: { weight: 1 } })).score).toBe(94);
    expect((await scored({ C003: { limit: 75 } })).score).toBe(75);
    const quiet = await scored({ Q021: { off: true }, W002: { weight: 0 } });
    expect([quiet.score, codes(quiet.warnings)]).toEqual([100, ["W002"]]);
  });
});

describe("a check that cannot run", () => {
  const refuse = () => Promise.reject(new Error("refused"));
  const hang = () => Promise.reject(new QuadgateError("no-answer", "it did not answer in time"));

  test("is said in an info finding and costs nothing, unless the settings say so", async () => {
    const broken = builtinHost({
      podman: { containers: () => Promise.reject(new Error("podman: killed")) },
    });
    const result = await askHealth(broken, healthSettings());
    const report = result.ok ? result.report : undefined;
    expect(report?.score).toBe(100);
    expect(said(report?.info ?? [])).toEqual([
      "Q000 not checked: disks: the volumes of containers (podman: killed)",
      "Q000 not checked: services: whether containers were started again, for podman does not answer",
      "Q000 not checked: containers: podman: killed",
    ]);
    const settings = healthSettings({ checks: { Q000: { weight: 5 } } });
    expect(await askHealth(broken, settings)).toMatchObject({ ok: true, report: { score: 85 } });
  });

  test.each([
    ["podman", { podman: { containers: hang } }],
    ["podman", { podman: { store: hang } }],
    ["podman, systemd", { podman: { containers: hang, store: hang }, systemd: { failedUnits: hang } }],
  ])("for %s does not answer in time leaves a score of 0 and what else was seen", async (who, situation) => {
    const report = await builtinReport({ ...situation, disks: { "/": disk(75) } });
    expect(report).toMatchObject({ score: 0, metrics: { programs_silent: who.split(",").length } });
    expect(said(report.critical)).toEqual([`Q027 no answer in time (health.timeout) from ${who}`]);
    expect(codes(report.warnings)).toEqual(["W002"]);
    expect(codes(report.info)).toContain("Q000");
  });

  test("leaves no report when none of the core ones can, whatever else is well", async () => {
    const blind = builtinHost({
      files: { "/proc/meminfo": null, "/proc/self/mountinfo": null },
      podman: { containers: refuse, store: refuse },
      systemd: { failedUnits: refuse, failedSystemUnits: refuse, restartingUnits: refuse, services: refuse },
    });
    expect(await askHealth(blind, healthSettings())).toMatchObject({
      ok: false,
      code: "report-missing",
      provider: "builtin",
    });
    const seesMemory = { ...blind, files: new MemoryFiles() };
    seesMemory.files.put("/proc/meminfo", meminfo({}));
    expect(await askHealth(seesMemory, healthSettings())).toMatchObject({ ok: true });
  });
});

test("provider: builtin is taken even where a command is configured", async () => {
  const settings = healthSettings({ provider: "builtin", command: ["/bin/false"] });
  expect(await askHealth(builtinHost(), settings)).toMatchObject({
    ok: true,
    report: { provider: "builtin" },
  });
});

test("every metric has a row in the table, and of one metric the worst row comes first", () => {
  const rows = (metric: string) =>
    HEALTH_CODES.map((code) => HEALTH_CHECKS[code]).filter(({ metrics }) =>
      metrics.some((name) => name === metric),
    );
  for (const metric of HEALTH_METRICS) {
    const of = rows(metric);
    expect(of.length, metric).toBeGreaterThan(0);
    const harsh = of.map(({ side, limit }) => (side === "from" ? limit : -limit));
    expect(harsh, metric).toEqual([...harsh].sort((a, b) => b - a));
    const weights = of.map(({ weight }) => weight);
    expect(weights, metric).toEqual([...weights].sort((a, b) => b - a));
  }
});
