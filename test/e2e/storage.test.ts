import { beforeAll, expect, test } from "vitest";
import { BOX_PATTERN, box } from "../support/flow-box.ts";
import { codesOf, describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";

const HOME = "/home/homelab";

/** Mode and owner as the host sees them. */
const stat = (home: Homelab, path: string) => home.sh(`stat -c '%a %u:%g' ${path}`, { user: "root" });

describeHomelab(
  "a folder that a container mounts",
  {
    files: {
      "patterns/box.yaml": BOX_PATTERN,
      "desired-state/box.yaml": box(
        'values: { data: ~/data/box, owner: "999:1000" }\nvolumes: ["~/more/deep:/more"]\n',
      ),
    },
  },
  (home) => {
    test("is part of the plan, and made with mode and owner before the start", async () => {
      const plan = await home().ask("plan");
      const reasons = plan.document.changes.find(({ unit }) => unit === "box.container")?.reasons ?? [];
      expect(codesOf(reasons)).toEqual(["unit-new", "folder-missing", "folder-missing"]);
      expect(reasons.map(({ message }) => message)).toContain(
        `creates the folder ${HOME}/data/box (mode 0750, owner 999:1000 in the container, no copy on write if it is on btrfs)`,
      );
      expect(await home().lab.exists(`${HOME}/data`)).toBe(false);
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
      expect(await home().podman("exec", "box", "stat", "-c", "%a %u:%g", "/data", "/more")).toBe(
        "750 999:1000\n755 0:0",
      );
      expect(await stat(home(), `${HOME}/data/box`)).toBe("750 100998:100999");
      expect(await home().ask("plan")).toMatchObject({ exitCode: 0 });
      expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
      expect(
        await home().sh("find /home/homelab/data /home/homelab/more -name '.quadgate-*'", { user: "root" }),
      ).toBe("");
    });

    test("stays as it is once it exists, whatever its state", async () => {
      await home().sh(
        "podman unshare sh -c 'echo x >~/data/box/file; chmod 0711 ~/data/box; chown 5:5 ~/data/box'",
      );
      const before = await stat(home(), `${HOME}/data/box ${HOME}/data/box/file`);
      const manifest = box(
        'values: { data: ~/data/box, owner: "999:1000" }\nenvironment: { A: b }\nvolumes: ["~/more/deep:/more"]\n',
      );
      expect(await home().deploy({ "desired-state/box.yaml": manifest }, "Change box")).toMatchObject({
        exitCode: 0,
      });
      expect(await stat(home(), `${HOME}/data/box ${HOME}/data/box/file`)).toBe(before);
    });

    test("stays with its data when the instance goes", async () => {
      const files = { "desired-state/box.yaml": null, "desired-state/other.yaml": box() };
      const { exitCode } = await home().deploy(files, "Remove box", "--allow-prune");
      expect(exitCode).toBe(0);
      expect(await home().sh("podman unshare cat ~/data/box/file")).toBe("x");
    });

    test("can be used by a container that keeps the user's id", async () => {
      const manifest = box(
        'values: { data: ~/data/kept, owner: "1000:1000" }\nquadlet: { Container: { UserNS: keep-id } }\n',
      );
      expect(await home().deploy({ "desired-state/kept.yaml": manifest }, "Add kept")).toMatchObject({
        exitCode: 0,
      });
      expect(await home().podman("exec", "kept", "stat", "-c", "%u:%g", "/data")).toBe("1000:1000");
      expect(await stat(home(), `${HOME}/data/kept`)).toBe("750 1000:1000");
    });

    test("that cannot be made fails its instance, which says why, and changes nothing else", async () => {
      const manifest = box("values: { data: /nowhere/box }\n");
      const { exitCode, document } = await home().deploy({ "desired-state/lost.yaml": manifest }, "Add lost");
      expect(exitCode).toBe(4);
      const [outcome] = document.outcomes;
      expect(outcome).toMatchObject({ unit: "lost.container", outcome: "failed" });
      expect(outcome?.message).toContain("cannot make the folder /nowhere/box: EACCES");
      expect(await home().lab.exists(`${home().unitDir}/lost.container`)).toBe(false);
      await home().deploy({ "desired-state/lost.yaml": null }, "Remove lost");
    });

    test("are warned of if one container alone relabels what another mounts, without SELinux", async () => {
      const manifest = (name: string, label: string, path: string) => ({
        [`desired-state/${name}.yaml`]: box(`volumes: ["${path}:/x:${label}"]\n`),
      });
      const files = { ...manifest("one", "Z", "~/shared"), ...manifest("two", "Z", "~/shared/below") };
      const { exitCode, stderr } = await home().deploy(files, "Clash");
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain("one.container with :Z and two.container with :Z");
      const shared = { ...manifest("one", "z", "~/shared"), ...manifest("two", "z", "~/shared/below") };
      const again = await home().deploy(shared, "Share");
      expect(again.exitCode).toBe(0);
      expect(again.stderr).not.toContain("SELinux");
    });
  },
);

const DISK = "/var/lib/pool.img";

/** Loop devices are the kernel's, whose nodes a lab has to make for itself. */
const MOUNT_BTRFS = `
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
for i in $(seq 0 15); do [ -e /dev/loop$i ] || mknod /dev/loop$i b 7 $i; done
truncate -s 256M ${DISK} && mkfs.btrfs -q ${DISK}
mkdir -p /mnt/pool && mount -o loop ${DISK} /mnt/pool && chown homelab:homelab /mnt/pool`;

describeHomelab(
  "a folder on btrfs",
  {
    files: {
      "patterns/box.yaml": BOX_PATTERN,
      "desired-state/db.yaml": box(
        'values: { data: /mnt/pool/db, owner: "999" }\nrequireMount: [/mnt/pool]\n',
      ),
    },
  },
  (home) => {
    let works = false;
    beforeAll(async () => {
      await home().lab.mkdir("/mnt/pool", { user: "root" });
      const { document, exitCode } = await home().ask("reconcile");
      expect(exitCode).toBe(1);
      expect(workOf(document)).toEqual(["create boxes.network"]);
      const mounted = await home().lab.sh(MOUNT_BTRFS, { user: "root", reject: false });
      works = mounted.exitCode === 0;
      if (!works)
        process.stderr.write(`no loop device with btrfs here, so nothing is proven: ${mounted.stderr}\n`);
    });

    test("has copy on write off and its owner set before its first use", async ({ skip }) => {
      skip(!works, "loop devices or btrfs do not work on this machine");
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
      expect(await home().podman("exec", "db", "stat", "-c", "%a %u:%g", "/data")).toBe("750 999:999");
      await home().podman("exec", "db", "touch", "/data/file");
      const attributes = await home().sh("lsattr -d /mnt/pool/db; lsattr /mnt/pool/db", { user: "root" });
      expect(attributes.split("\n").map((line) => line.split(" ")[0])).toEqual([
        "---------------C------",
        "---------------C------",
      ]);
    });

    test("with data in it keeps copy on write, and doctor says so", async ({ skip }) => {
      skip(!works, "loop devices or btrfs do not work on this machine");
      await home().sh("mkdir /mnt/pool/old && echo x >/mnt/pool/old/file");
      const manifest = box("values: { data: /mnt/pool/old }\n");
      expect(await home().deploy({ "desired-state/old.yaml": manifest }, "Add old")).toMatchObject({
        exitCode: 0,
      });
      expect(await home().sh("lsattr -d /mnt/pool/old", { user: "root" })).not.toContain("C");
      expect(await stat(home(), "/mnt/pool/old")).toBe("755 1000:1000");
      const { stdout } = await home().lab.quadgate(["doctor", "old"]);
      expect(stdout).toContain("copy on write is on for /mnt/pool/old, which already has data");
    });

    test("that existed and was empty at the first deployment is adapted", async ({ skip }) => {
      skip(!works, "loop devices or btrfs do not work on this machine");
      await home().sh("mkdir /mnt/pool/empty");
      const manifest = box('values: { data: /mnt/pool/empty, owner: "7" }\n');
      expect(await home().deploy({ "desired-state/empty.yaml": manifest }, "Add empty")).toMatchObject({
        exitCode: 0,
      });
      expect(await home().sh("lsattr -d /mnt/pool/empty", { user: "root" })).toContain("C");
      expect(await stat(home(), "/mnt/pool/empty")).toBe("750 100006:100006");
    });

    test("below a mount that is missing leaves its instance alone, running or not", async ({ skip }) => {
      skip(!works, "loop devices or btrfs do not work on this machine");
      const before = await home().identity("db");
      await home().lab.sh("umount -l /mnt/pool", { user: "root" });
      const manifest = box(
        'values: { data: /mnt/pool/db, owner: "999" }\nrequireMount: [/mnt/pool]\nenvironment: { A: b }\n',
      );
      const { exitCode, document, stderr } = await home().deploy(
        { "desired-state/db.yaml": manifest },
        "Change db",
      );
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        "nothing is mounted at /mnt/pool, but requireMount asks for it (sudo mount /mnt/pool)",
      );
      expect(stderr).toContain("/mnt/pool/old, where old has kept its data, is gone");
      expect(workOf(document)).toEqual([]);
      expect(await home().identity("db")).toBe(before);
      expect(await home().sh("ls /mnt/pool")).toBe("");
    });
  },
);

describeHomelab(
  "a folder that must be on a mounted disk",
  {
    files: {
      "patterns/box.yaml": BOX_PATTERN,
      "desired-state/db.yaml": box("values: { data: ~/link/db, requireMount: true }\n"),
    },
  },
  (home) => {
    const DISK = "/mnt/disk";
    const asRoot = (script: string) => home().lab.sh(script, { user: "root" });

    test("is not made on the system's disk while its own is not mounted", async () => {
      await asRoot(`mkdir ${DISK} && chown homelab: ${DISK}`);
      await home().sh(`ln -s ${DISK} ~/link`);
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect(exitCode).toBe(1);
      expect(stderr).toContain("/home/homelab/link/db is on the file system of /, so the disk");
      expect(workOf(document)).toEqual(["create boxes.network"]);
      expect(await home().sh(`ls ${DISK}`)).toBe("");
    });

    test("is made once that disk is mounted, following links", async () => {
      await asRoot(`mount -t tmpfs none ${DISK} && chown homelab: ${DISK}`);
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
      expect(await home().podman("exec", "db", "stat", "-c", "%a", "/data")).toBe("750");
      expect(await home().sh(`ls ${DISK}`)).toBe("db");
      const { stdout } = await home().lab.quadgate(["doctor", "db"]);
      expect(stdout).toMatch(/✓ {2}disk of \/home\/homelab\/link\/db +mounted at \/mnt\/disk/);
    });

    test("leaves its instance running when the disk goes, and repairs nothing without it", async () => {
      const before = await home().identity("db");
      await asRoot(`umount -l ${DISK}`);
      const { exitCode, document } = await home().deploy(
        {
          "desired-state/db.yaml": box(
            "values: { data: ~/link/db, requireMount: true }\nenvironment: { A: b }\n",
          ),
        },
        "Change db",
      );
      expect(exitCode).toBe(1);
      expect(workOf(document)).toEqual([]);
      expect(await home().identity("db")).toBe(before);
      expect(await home().sh(`ls ${DISK}`)).toBe("");
    });
  },
);
