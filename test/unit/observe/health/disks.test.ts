import { describe, expect, test } from "vitest";
import { askHealth } from "../../../../src/observe/health/ask-health.ts";
import { builtinHost, builtinReport, codes, disk, said } from "../../../support/builtin-host.ts";
import { healthSettings } from "../../../support/health-host.ts";

const STORE = "/home/me/.local/share/containers/storage";
const STATE = "/home/me/.local/state/quadgate";
const volume = (source: string) => ({ Name: "x", Mounts: [{ Type: "bind", Source: source }] });

describe("the check of the system disk", () => {
  test.each([
    [69, 100, [], []],
    [70, 95, [], ["W002"]],
    [80, 80, ["C003"], []],
    [90, 80, ["C002"], []],
    [100, 80, ["C002"], []],
  ])("scores %d %% full as %d", async (percent, score, critical, warnings) => {
    const found = await builtinReport({ disks: { "/": disk(percent) } });
    expect(found.score).toBe(score);
    expect(codes(found.critical)).toEqual(critical);
    expect(codes(found.warnings)).toEqual(warnings);
  });

  test("counts the disk once if storage, state and volumes are on it as well", async () => {
    const disks = { "/": disk(92), [STORE]: disk(92), [STATE]: disk(92), "/srv/x": disk(92) };
    const found = await builtinReport({ disks, containers: [volume("/srv/x")] });
    expect(said(found.critical)).toEqual(["C002 disk of / 92% full"]);
  });

  test("looks at /var if nothing can be written to /", async () => {
    const disks = { "/": disk(100), "/var": disk(75) };
    const mountinfo =
      "1 1 0:30 / / ro,relatime - overlay composefs ro\n2 1 8:2 /var /var rw - xfs /dev/sda2 rw\n3 1 8:2 /home /home rw - xfs /dev/sda2 rw\n";
    const found = await builtinReport({ disks, files: { "/proc/self/mountinfo": mountinfo } });
    expect(said(found.warnings)).toEqual(["W002 disk of /var 75% full"]);
  });
});

describe("the check of podman's storage and the state directory", () => {
  test("looks at each of them if they are on disks of their own", async () => {
    const found = await builtinReport({
      disks: { "/": disk(50), [STORE]: disk(96), [STATE]: disk(90) },
      mounts: [`${STORE} tmpfs tmpfs rw`, `${STATE} ext4 /dev/vdb rw`],
    });
    expect(said(found.critical)).toEqual([`Q001 disk of ${STORE} 96% full`]);
    expect(said(found.warnings)).toEqual([`Q004 disk of ${STATE} 90% full`]);
    expect(found.metrics).toMatchObject({ disk_storage_percent: 96, disk_state_percent: 90 });
  });

  test("uses the place that podman reports, or the usual place if it reports none", async () => {
    const situation = {
      disks: { "/": disk(50), "/pool/podman": disk(96), "/var/lib/containers": disk(96) },
      mounts: ["/pool ext4 /dev/vdb rw", "/var/lib/containers ext4 /dev/vdc rw"],
      rootful: true,
    };
    const ask = (store: () => Promise<{ graphRoot: string; volumePath: string }>) =>
      askHealth(builtinHost({ ...situation, podman: { store } }), healthSettings());
    const told = await ask(async () => ({ graphRoot: "/pool/podman", volumePath: "/pool/podman/volumes" }));
    expect(told).toMatchObject({
      ok: true,
      report: { critical: [{ message: "disk of /pool/podman 96% full" }] },
    });
    const silent = await ask(() => Promise.reject(new Error("no podman")));
    expect(silent).toMatchObject({
      ok: true,
      report: {
        critical: [{ message: "disk of /var/lib/containers 96% full" }],
        info: [{ message: expect.stringContaining("where podman keeps its storage (no podman)") }],
      },
    });
  });
});

describe("the check of the file systems of volumes", () => {
  test("counts each once, under the place where it is mounted", async () => {
    const found = await builtinReport({
      disks: { "/": disk(50), "/mnt/pool/a": disk(93), "/mnt/other/x": disk(98) },
      mounts: [
        "/mnt/pool btrfs /dev/sdb rw",
        "/mnt/pool/sub btrfs /dev/sdb rw",
        "/mnt/other ext4 /dev/sdc rw",
      ],
      containers: [
        volume("/mnt/pool/a"),
        volume("/mnt/pool/sub/b"),
        volume("/mnt/other/x"),
        volume("/srv/y"),
      ],
    });
    expect(said(found.critical)).toEqual(["Q010 disk of /mnt/other 98% full"]);
    expect(said(found.warnings)).toEqual(["Q011 disk of /mnt/pool 93% full"]);
    expect(found.metrics.disk_volumes_percent).toBe(98);
  });

  test("ignores read-only ones, which are always full", async () => {
    const situation = {
      disks: { "/": disk(50), "/iso": disk(100) },
      mounts: ["/iso iso9660 /dev/sr0 ro"],
      containers: [volume("/iso")],
    };
    expect((await builtinReport(situation)).score).toBe(100);
  });

  const nas = { mounts: ["/mnt/nas nfs4 nas:/export rw"], containers: [volume("/mnt/nas/media")] };

  test("asks about those on another machine in a process that can be killed", async () => {
    const programs = { stat: { stdout: "4096 1000 10 10 500 5\n" } };
    const found = await builtinReport({ ...nas, programs });
    expect(said(found.critical)).toEqual([
      "Q010 disk of /mnt/nas 99% full",
      "Q005 99% of the inodes of /mnt/nas in use",
    ]);
  });

  test("warns of one on another machine that does not answer", async () => {
    const found = await builtinReport({
      ...nas,
      programs: { stat: { exitCode: undefined, timedOut: true } },
    });
    expect(said(found.warnings)).toEqual(["Q012 the file system of /mnt/nas does not answer"]);
  });

  test("gives the reason if one cannot be asked", async () => {
    const programs = { stat: { exitCode: 1, stderr: "stat: cannot read: Stale file handle\n" } };
    const found = await builtinReport({ ...nas, programs });
    expect(said(found.info)).toEqual([
      "Q000 not checked: disks: /mnt/nas (stat: cannot read: Stale file handle)",
    ]);
    expect(found.score).toBe(100);
  });
});

test("counts a disk without free inodes as full, but not one that counts no inodes", async () => {
  const found = await builtinReport({ disks: { "/": disk(50, { freeInodes: 50 }) } });
  expect(codes(found.critical)).toEqual(["Q005"]);
  const btrfs = await builtinReport({ disks: { "/": disk(50, { totalInodes: 0, freeInodes: 0 }) } });
  expect(btrfs.score).toBe(100);
});
