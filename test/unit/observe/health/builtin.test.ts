import { describe, expect, test } from "vitest";
import { CommandError, QuadgateError } from "../../../../src/model/errors.ts";
import { HEALTH_CHECKS, HEALTH_CODES, HEALTH_METRICS } from "../../../../src/model/health-checks.ts";
import type { ServiceState } from "../../../../src/model/live.ts";
import { askHealth } from "../../../../src/observe/health/ask-health.ts";
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

test("a healthy host scores 100 and shows its numbers", async () => {
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

describe("the memory check", () => {
  test.each([
    [89, 100],
    [90, 95],
    [97, 80],
  ])("scores %d %% in use as %d", async (used, score) => {
    expect((await builtinReport({ files: { "/proc/meminfo": meminfo({ used }) } })).score).toBe(score);
  });

  test.each([
    [19, []],
    [20, ["W004 swap in use, 20% of the memory's size"]],
    [250, ["W004 swap in use, 250% of the memory's size"]],
  ])("reports a swap of %d %% as %j", async (swapped, warnings) => {
    const report = await builtinReport({ files: { "/proc/meminfo": meminfo({ swapped }) } });
    expect(said(report.warnings)).toEqual(warnings);
  });
});

describe("the check of pressure and load", () => {
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
  ] as const)("on %s, with %s at %d %%, scores %d", async (resource, line, share, score) => {
    const files = { [`/proc/pressure/${resource}`]: pressure(line, share) };
    expect((await builtinReport({ files })).score).toBe(score);
  });

  test("deducts at most one warning in total for a busy processor", async () => {
    const files = { "/proc/pressure/cpu": pressure("some", 100), "/proc/loadavg": "90.1 64.0 9.0 1/2 3\n" };
    const report = await builtinReport({ files });
    expect(report).toMatchObject({ score: 95, metrics: { load_per_core: 32 } });
    expect(said(report.warnings)).toEqual([
      "Q017 some work waited for a processor in 100% of the last minute",
      "Q018 a load of 32 per core over five minutes",
    ]);
  });

  test("says in one line that the kernel does not report a value", async () => {
    const files = { "/proc/pressure/cpu": null, "/proc/pressure/memory": null, "/proc/pressure/io": null };
    const report = await builtinReport({ files });
    expect(report.score).toBe(100);
    expect(said(report.info)).toEqual([
      "Q000 not checked: pressure: no /proc/pressure/{cpu,memory,io}; boot with psi=1",
    ]);
  });
});

describe("the check of services", () => {
  test("reports failed services in one finding that names them, which is worse the more they are", async () => {
    const two = await builtinReport({ failed: ["loki.service", "grafana.service"] });
    expect(two.score).toBe(95);
    expect(said(two.warnings)).toEqual(["Q021 services failed: grafana.service, loki.service"]);
    const three = await builtinReport({ failed: ["a.service", "b.service", "c.service"] });
    expect(three).toMatchObject({ score: 80, critical: [{ code: "Q020" }], warnings: [] });
  });

  test("reports failed services of the system as a separate warning if quadgate uses a user's manager", async () => {
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

  test("says that services of the system cannot be seen, and still sees the user's", async () => {
    const failedSystemUnits = () => Promise.reject(new Error("no bus"));
    const report = await builtinReport({ failed: ["web.service"], systemd: { failedSystemUnits } });
    expect(said(report.warnings)).toEqual(["Q021 services failed: web.service"]);
    expect(said(report.info)).toEqual(["Q000 not checked: services: the system's failed units (no bus)"]);
  });

  test("does not count failed services that were removed, nor the audit itself", async () => {
    const services = [{ name: "old.service", loadState: "not-found" }];
    const failed = ["old.service", "quadgate-drift.service"];
    expect((await builtinReport({ failed, services })).score).toBe(100);
  });

  test("names once those that wait for a restart, or restarted repeatedly", async () => {
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
      "Q023 services that keep restarting: flaps.service, waits.service",
    ]);
  });

  test("weights keystones more, and warns of unknown ones", async () => {
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

  test("reports keystones that systemd does not know as down, without hiding others", async () => {
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

describe("the check of containers", () => {
  const sick = (name: string, state: object = {}) => ({
    Name: name,
    State: { Running: true, Health: { Status: "unhealthy" }, ...state },
  });

  test("deducts more the more containers are unhealthy", async () => {
    const two = await builtinReport({ containers: [sick("b"), sick("a")] });
    expect(two.score).toBe(95);
    expect(said(two.warnings)).toEqual(["Q009 containers unhealthy: a, b"]);
    const three = await builtinReport({ containers: [sick("a"), sick("b"), sick("c")] });
    expect(three).toMatchObject({ score: 80, critical: [{ code: "Q008" }] });
  });

  test("does not report containers as unhealthy that start, are healthy, have no check or have stopped", async () => {
    const containers = [
      sick("a", { Health: { Status: "starting" } }),
      sick("b", { Health: { Status: "healthy" } }),
      sick("c", { Health: { Status: "" } }),
      sick("d", { Running: false }),
    ];
    expect((await builtinReport({ containers })).score).toBe(100);
  });

  test("names containers in which something was killed for lack of memory, running or not", async () => {
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

describe("the check of the clock", () => {
  test.each([
    ["NTP=yes\nNTPSynchronized=no\n", ["Q026"], []],
    ["NTP=yes\nNTPSynchronized=yes\n", [], []],
    ["NTP=no\nNTPSynchronized=yes\n", [], []],
    ["NTP=no\nNTPSynchronized=no\n", [], ["Q000"]],
    ["what\n", [], ["Q000"]],
  ])("reports timedatectl's %j with the warnings %j and the notes %j", async (stdout, warnings, info) => {
    const report = await builtinReport({ programs: { timedatectl: { stdout } } });
    expect([codes(report.warnings), codes(report.info)]).toEqual([warnings, info]);
  });
});

describe("the check of SELinux", () => {
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
  ] as const)("is applied to a host that %s", async (_, files, settings, score, shown) => {
    const report = await builtinReport({ files, settings });
    expect([report.score, report.metrics.selinux]).toEqual([score, shown]);
    expect(codes(report.critical)).toEqual(score === 100 ? [] : ["C001"]);
  });
});

describe("the check for a reboot", () => {
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
      "the kernel 6.11.10-300.fc41.x86_64 is installed, but 6.11.9-300.fc41.x86_64 is running",
    ],
    [
      "a kernel that is gone asks for",
      kernels("6.11.5-arch1-1", "6.11.6-arch1-1"),
      "the running kernel 6.11.5-arch1-1 is no longer installed",
    ],
  ])("reports one that %s", async (_, files, reason) => {
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
  ])("reports none if %s", async (_, files) => {
    expect((await builtinReport({ files })).warnings).toEqual([]);
  });
});

describe("the built-in score", () => {
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

  test("uses limits and weights of the settings, and leaves out checks that are off", async () => {
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

describe("a health check that cannot run", () => {
  const refuse = () => Promise.reject(new Error("refused"));
  const hang = () => Promise.reject(new QuadgateError("no-answer", "it did not answer in time"));

  test("is reported in an info finding and deducts nothing, unless the settings say so", async () => {
    const broken = builtinHost({
      podman: { containers: () => Promise.reject(new Error("podman: killed")) },
    });
    const result = await askHealth(broken, healthSettings());
    const report = result.ok ? result.report : undefined;
    expect(report?.score).toBe(100);
    expect(said(report?.info ?? [])).toEqual([
      "Q000 not checked: disks: the volumes of containers (podman: killed)",
      "Q000 not checked: services: whether containers were restarted, because podman does not answer",
      "Q000 not checked: containers: podman: killed",
    ]);
    const settings = healthSettings({ checks: { Q000: { weight: 5 } } });
    expect(await askHealth(broken, settings)).toMatchObject({ ok: true, report: { score: 85 } });
  });

  test.each([
    ["podman", { podman: { containers: hang } }],
    ["podman", { podman: { store: hang } }],
    ["podman, systemd", { podman: { containers: hang, store: hang }, systemd: { failedUnits: hang } }],
  ])(
    "because %s does not answer in time leaves a score of 0 and the other findings",
    async (who, situation) => {
      const report = await builtinReport({ ...situation, disks: { "/": disk(75) } });
      expect(report).toMatchObject({ score: 0, metrics: { programs_silent: who.split(",").length } });
      expect(said(report.critical)).toEqual([`Q027 no answer in time (health.timeout) from ${who}`]);
      expect(codes(report.warnings)).toEqual(["W002"]);
      expect(codes(report.info)).toContain("Q000");
    },
  );

  test("leaves no report if none of the core checks can run, whatever else is well", async () => {
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

test("the setting provider: builtin takes precedence over a configured command", async () => {
  const settings = healthSettings({ provider: "builtin", command: ["/bin/false"] });
  expect(await askHealth(builtinHost(), settings)).toMatchObject({
    ok: true,
    report: { provider: "builtin" },
  });
});

test("the table of checks has a row for every metric, and of one metric the worst row comes first", () => {
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
