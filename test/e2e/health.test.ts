import { expect, test } from "vitest";
import type { HealthReport } from "../../src/model/health.ts";
import { codesOf, describeHomelab, type Homelab } from "../support/flow-homelab.ts";

/** How busy the machine below the lab is says nothing about quadgate. */
const CALM = ["Q013", "Q014", "Q015", "Q016", "Q017", "Q018", "Q007", "W003", "W004", "C002", "C003", "W002"]
  .map((code) => `${code}: { off: true }`)
  .join(", ");
const settings = (more = "") => `health:\n  provider: builtin\n  checks: { ${CALM} }\n${more}`;

const SLEEPER = (more = "") => `[Container]
Image=docker.io/library/busybox:1.37
Exec=sleep infinity
${more}
[Service]
TimeoutStopSec=1
`;

const UNITS = "/home/homelab/.config/systemd/user";

/** The report, and the findings as `code message`. */
async function look(home: Homelab): Promise<{ report: HealthReport; said: readonly string[] }> {
  const { document } = await home.ask<HealthReport>("health");
  const { critical, warnings, info } = document;
  return {
    report: document,
    said: [...critical, ...warnings, ...info].map(({ code, message }) => `${code} ${message}`),
  };
}

/** Looks until a finding of this code is there. */
async function lookFor(home: Homelab, code: string): Promise<string> {
  const seen: string[] = [];
  await expect
    .poll(
      async () => {
        seen.splice(0, seen.length, ...(await look(home)).said);
        return seen.map((each) => each.split(" ")[0]);
      },
      { timeout: 60_000, interval: 500 },
    )
    .toContain(code);
  return seen.find((each) => each.startsWith(code)) ?? "";
}

describeHomelab(
  "the built-in health checks",
  { files: { "desired-state/calm.container": SLEEPER() }, settings: settings() },
  (home) => {
    test("report a healthy host, what they measured and what they could not see", async () => {
      const { report, said } = await look(home());
      expect(report).toMatchObject({ provider: "builtin", score: 100, critical: [], warnings: [] });
      for (const part of ["cpu", "memory", "io"]) {
        const pressure = report.metrics[`pressure_${part}_percent`];
        expect(pressure).toBeGreaterThanOrEqual(0);
        expect(pressure).toBeLessThanOrEqual(100);
      }
      expect(Number(report.metrics.load_per_core)).toBeGreaterThan(0);
      expect(Number(report.metrics.disk_root_percent)).toBeGreaterThan(0);
      expect(report.metrics).toMatchObject({ failed_units: 0, unhealthy_containers: 0, reboot_pending: 0 });
      expect(said).toEqual([
        "Q000 not checked: clock: no time service is switched on (timedatectl set-ntp true)",
      ]);
      expect(await home().ask("reconcile")).toMatchObject({
        exitCode: 0,
        document: { gate: { score: 100 } },
      });
    });

    test("print homelab-intel's format, which the gate accepts as its report", async () => {
      const { stdout, exitCode } = await home().lab.quadgate(["health", "--output", "homelab-intel"]);
      expect(exitCode).toBe(0);
      const { timestamp, ...intel } = JSON.parse(stdout) as Record<string, unknown>;
      expect(Math.abs(Date.parse(String(timestamp)) - Date.now())).toBeLessThan(60_000);
      expect(intel).toMatchObject({
        health_score: 100,
        critical: [],
        warnings: [],
        metrics: { failed_units: 0 },
      });
      const command = "command: [quadgate, health, --output, homelab-intel]";
      await home().configure(`health: { provider: command, ${command}, checks: { ${CALM} } }\n`);
      expect((await look(home())).report).toMatchObject({ provider: "quadgate", score: 100 });
      await home().configure(settings());
    });

    test("report a unit that failed, until it is reset", async () => {
      await home().lab.write(`${UNITS}/broken.service`, "[Service]\nExecStart=/bin/false\n");
      await home().sh("systemctl --user daemon-reload; systemctl --user start broken.service || true");
      expect((await look(home())).said).toContain("Q021 services failed: broken.service");
      await home().systemctl("reset-failed", "broken.service");
      expect((await look(home())).report.score).toBe(100);
    });

    test("report a unit of the system that failed, apart from the user's", async () => {
      const asRoot = (script: string) => home().lab.sh(script, { user: "root" });
      const unit = "[Service]\\nType=oneshot\\nExecStart=/bin/false\\n";
      await asRoot(`printf '${unit}' >/etc/systemd/system/disk.service; systemctl daemon-reload`);
      await asRoot("systemctl start disk.service || true");
      const seen = await look(home());
      expect(seen.report).toMatchObject({ score: 95, metrics: { failed_units: 0, failed_system_units: 1 } });
      expect(seen.said).toContain("Q028 units of the system failed: disk.service");
      await asRoot("rm /etc/systemd/system/disk.service; systemctl daemon-reload");
      expect((await look(home())).report.score).toBe(100);
      await asRoot("systemctl reset-failed");
    });

    test("report a service that systemd keeps restarting", async () => {
      const unit =
        "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=600\n";
      await home().lab.write(`${UNITS}/flaps.service`, unit);
      await home().sh("systemctl --user daemon-reload; systemctl --user start flaps.service || true");
      expect(await lookFor(home(), "Q023")).toBe("Q023 services that keep restarting: flaps.service");
      await home().systemctl("stop", "flaps.service");
    });

    test("report a container that restarted repeatedly and whose service runs now", async () => {
      const again = `[Container]
Image=docker.io/library/busybox:1.37
Volume=/home/homelab/tries:/tries
Exec=sh -c "echo x >>/tries/log; [ $$(wc -l </tries/log) -gt 3 ] && exec sleep infinity; exit 1"
[Service]
Restart=always
RestartSec=100ms
TimeoutStopSec=1
[Unit]
StartLimitIntervalSec=0
`;
      await home().lab.mkdir("/home/homelab/tries");
      await home().lab.write(`${home().unitDir}/again.container`, again);
      await home().sh("systemctl --user daemon-reload; systemctl --user start again.service");
      await expect
        .poll(() => home().sh("wc -l </home/homelab/tries/log"), { timeout: 60_000, interval: 500 })
        .toContain("4");
      expect(await lookFor(home(), "Q023")).toBe("Q023 services that keep restarting: again.service");
      await home().systemctl("stop", "again.service");
      await home().sh(
        `rm ${home().unitDir}/again.container; systemctl --user daemon-reload; podman rm -f systemd-again`,
      );
    });

    test("report a container that is unhealthy", async () => {
      const sick = SLEEPER("HealthCmd=false\nHealthInterval=1s\nHealthRetries=1\nContainerName=sick");
      await home().lab.write(`${home().unitDir}/sick.container`, sick);
      await home().sh("systemctl --user daemon-reload; systemctl --user start sick.service");
      expect(await lookFor(home(), "Q009")).toBe("Q009 containers unhealthy: sick");
      await home().systemctl("stop", "sick.service");
      await home().sh(`rm ${home().unitDir}/sick.container; systemctl --user daemon-reload`);
    });

    test("hold a plan when a keystone is down, and name one that does not exist", async () => {
      await home().configure(settings("  keystones: [calm, grafana]\n"));
      expect((await look(home())).said).toContain(
        "Q019 critical services that systemd does not know: grafana.service",
      );
      await home().systemctl("stop", "calm.service");
      const { exitCode, document } = await home().deploy(
        { "desired-state/other.container": SLEEPER("Environment=A=b") },
        "Add another",
      );
      expect({ exitCode, score: document.gate.score }).toEqual({ exitCode: 3, score: 75 });
      const messages = document.gate.reasons.map(({ message }) => message).join("\n");
      expect(messages).toContain("C004 critical services down: calm.service");
      await home().systemctl("start", "calm.service");
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
      await home().configure(settings());
    });

    test("report a volume's file system that is full", async () => {
      const root = { user: "root" } as const;
      await home().lab.sh(
        "mkdir -p /mnt/pool && mount -t tmpfs -o size=8M,mode=1777 pool /mnt/pool && mkdir -m 0777 /mnt/pool/data",
        root,
      );
      const files = { "desired-state/data.container": SLEEPER("Volume=/mnt/pool/data:/data") };
      expect(await home().deploy(files, "Mount the pool")).toMatchObject({ exitCode: 0 });
      expect((await look(home())).report.score).toBe(100);
      await home().podman(
        "exec",
        "systemd-data",
        "sh",
        "-c",
        "dd if=/dev/zero of=/data/fill bs=1k count=7600 2>&1",
      );
      expect((await look(home())).said).toContain("Q011 disk of /mnt/pool 93% full");
      await home().podman("exec", "systemd-data", "sh", "-c", "dd if=/dev/zero of=/data/more 2>&1 || true");
      const { report, said } = await look(home());
      expect(said).toContain("Q010 disk of /mnt/pool 100% full");
      expect(report).toMatchObject({ score: 80, metrics: { disk_volumes_percent: 100 } });
      await home().sh("rm /mnt/pool/data/*");
    });

    test("report backups and certificates that the settings name", async () => {
      await home().sh(`mkdir -p ~/dumps && touch -d '3 days ago' ~/dumps/a ~/dumps
        openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out ~/cert.pem -days 10 -subj /CN=a.example.org`);
      const named = `  certificates: [~/cert.pem, ~/none.pem]\n  backups: [{ path: ~/dumps, maxAge: 2d }, { path: ~/none }]\n`;
      await home().configure(settings(named));
      expect((await look(home())).said.filter((each) => !each.startsWith("Q000"))).toEqual([
        "C005 no backup in ~/none",
        "Q025 certificate a.example.org (~/cert.pem) expires in 9 days",
        "W006 certificate unreadable: ~/none.pem (No such file or directory)",
        "W005 the newest backup in ~/dumps is 3 days old",
      ]);
      await home().configure(settings());
    });
  },
);

describeHomelab(
  "a health command that waits for a disk and ignores every signal",
  { files: { "desired-state/calm.container": SLEEPER() } },
  (home) => {
    test("blocks the plan on time, and is not waited for", async ({ skip }) => {
      const root = { user: "root", reject: false } as const;
      const mounted = await home().lab.sh(
        `[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
        for i in $(seq 0 15); do [ -e /dev/loop$i ] || mknod /dev/loop$i b 7 $i; done
        truncate -s 32M /var/lib/disk.img && mkfs.ext4 -q /var/lib/disk.img && mkdir -p /mnt/disk &&
        mount -o loop /var/lib/disk.img /mnt/disk && chmod 1777 /mnt/disk && fsfreeze -f /mnt/disk`,
        root,
      );
      skip(mounted.exitCode !== 0, "loop devices or ext4 do not work on this machine");
      try {
        const command = "[sh, -c, 'exec touch /mnt/disk/never']";
        await home().configure(`health: { command: ${command}, timeout: 1s }\n`);
        const { exitCode, document } = await home().ask("reconcile");
        expect({ exitCode, codes: codesOf(document.gate.reasons) }).toEqual({
          exitCode: 3,
          codes: ["health-command-timeout"],
        });
        expect((await home().lab.sh("ps -eo stat,args | grep '^D.*touch'", root)).exitCode).toBe(0);
      } finally {
        await home().lab.sh("fsfreeze -u /mnt/disk; sleep 1; umount /mnt/disk", root);
      }
    });
  },
);

describeHomelab(
  "podman's storage",
  { files: { "desired-state/calm.container": SLEEPER() }, settings: settings() },
  (home) => {
    test("that is full makes the gate hold a plan, before a pull fails half way", async () => {
      const store = "/home/homelab/.local/share/containers";
      await home().lab.sh(`mount -t tmpfs -o size=32M,uid=1000,gid=1000,mode=0755 store ${store}`, {
        user: "root",
      });
      await home().podman("info");
      expect((await look(home())).report.score).toBe(100);
      await home().sh(`dd if=/dev/zero of=${store}/fill bs=1M 2>&1 || true`);
      const { exitCode, document } = await home().ask("reconcile");
      expect({ exitCode, score: document.gate.score }).toEqual({ exitCode: 3, score: 80 });
      expect(codesOf(document.gate.reasons)).toEqual(["health-in-confirm-band", "host-finding"]);
      expect(document.gate.reasons[1]?.message).toContain(`Q001 disk of ${store}/storage 100% full`);
    });
  },
);
