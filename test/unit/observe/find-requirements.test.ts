import { beforeEach, describe, expect, it } from "vitest";
import type { FolderState } from "../../../src/model/host-requirements.ts";
import { lookForNeeds } from "../../../src/observe/find-requirements.ts";
import { MemoryFiles } from "../../support/memory-files.ts";

const NOTHING = {
  folders: [],
  paths: [],
  pods: [] as readonly string[],
  secrets: false,
  ports: false,
  sysctls: [],
  disks: [],
  mountsOf: [],
};
const THERE: FolderState = { kind: "directory", empty: true, mode: 0o755, nocow: null };

let files = new MemoryFiles();
let asked = 0;

beforeEach(() => {
  files = new MemoryFiles();
  asked = 0;
});

const look = (ask: Partial<typeof NOTHING>) =>
  lookForNeeds(
    {
      files,
      folders: { look: async (path) => (path.startsWith("/there") ? THERE : undefined) },
      podman: {
        secrets: async () => {
          asked += 1;
          return ["pw"];
        },
        inspect: async (kind, names) => names.map((Name) => ({ Name, kind })),
      },
    },
    { ...NOTHING, ...ask } as Parameters<typeof lookForNeeds>[1],
  );

describe("the search for what instances need", () => {
  it("finds what exists, and asks podman only if that matters", async () => {
    const found = await look({
      folders: ["/there/a", "/gone"] as never[],
      paths: ["/there/b", "/gone"] as never[],
    });
    expect([...found.folders]).toEqual([["/there/a", THERE]]);
    expect([...found.paths]).toEqual(["/there/b"]);
    expect([...found.secrets, asked]).toEqual([0]);
    expect([...(await look({ secrets: true })).secrets]).toEqual(["pw"]);
    expect((await look({ pods: ["app"] })).pods).toEqual([{ Name: "app", kind: "pod" }]);
  });

  it("finds mounts, those of fstab too, with blanks in their names", async () => {
    files.put(
      "/proc/self/mountinfo",
      "22 1 0:20 / / rw - ext4 /dev/sda rw\n30 22 0:33 / /mnt/my\\040pool rw - btrfs /dev/sdb rw\n",
    );
    files.put(
      "/etc/fstab",
      [
        "# /dev/x /commented ext4 defaults 0 0",
        "UUID=1 / ext4 defaults 0 1",
        "UUID=2 /mnt/my\\040pool btrfs noatime 0 0",
        "UUID=3 /mnt/usb vfat noauto,user 0 0",
        "UUID=4 none swap sw 0 0",
        "",
      ].join("\n"),
    );
    const found = await look({});
    expect([...found.mountPoints]).toEqual(["/", "/mnt/my pool"]);
    expect(found.fstab).toEqual(["/mnt/my pool"]);
  });

  it("reads listening ports of both protocols and families, and no others", async () => {
    const head = "  sl  local_address rem_address   st tx_queue\n";
    files.put(
      "/proc/net/tcp",
      `${head}   0: 0100007F:1F90 00000000:0000 0A 0\n   1: 0100007F:0016 0100007F:9999 01 0\n`,
    );
    files.put("/proc/net/tcp6", `${head}   0: ${"0".repeat(32)}:0050 ${"0".repeat(32)}:0000 0A 0\n`);
    files.put("/proc/net/udp", `${head}   0: 00000000:0035 00000000:0000 07 0\n`);
    expect((await look({ ports: true })).listeners).toEqual([
      { protocol: "tcp", port: 8080 },
      { protocol: "tcp", port: 80 },
      { protocol: "udp", port: 53 },
    ]);
  });

  it("reads the free space of the nearest existing folder, and kernel parameters as numbers", async () => {
    const disk = { totalBytes: 100, freeBytes: 40, totalInodes: 1, freeInodes: 1 };
    files.disks.set("/mnt", disk);
    files.disks.set("/", { ...disk, freeBytes: 5 });
    files.put("/proc/sys/vm/max_map_count", "65530\n");
    const found = await look({
      disks: ["/mnt/a/b", "/x"] as never[],
      sysctls: ["vm.max_map_count", "vm.nothing"] as never[],
    });
    expect([...found.disks]).toEqual([
      ["/mnt/a/b", 40],
      ["/x", 5],
    ]);
    expect([...found.sysctls]).toEqual([["vm.max_map_count", 65_530]]);
  });
});
