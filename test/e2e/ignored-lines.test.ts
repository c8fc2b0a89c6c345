import { expect, test } from "vitest";
import type { Issue } from "../../src/model/issue.ts";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, type Homelab, type HomelabOptions, workOf } from "../support/flow-homelab.ts";

const SLEEP = "Image=localhost/busybox:latest\nExec=sleep infinity\nStopTimeout=1\n";

/** The lines that systemd ignores, in every kind of file that may hold one. */
const FILES = {
  "desired-state/db.container": `[Unit]
Description=Database
StartLimitBurst=often

[Container]
ContainerName=db
${SLEEP}
[Service]
MemoryMax=1G
CPUQuota=50%
MemorySwapMax=16M  # swap
CPUQuota=lots
IOWeight=99999
MemoryLimt=3G
Environment=A=1 TOKEN=%z

[Instal]
WantedBy=default.target
`,
  "desired-state/db.container.d/10-tasks.conf": "[Service]\nTasksMax=77\nTasksMax=many\n",
  "desired-state/app.pod": "[Pod]\n[Service]\nMemoryHigh=lots\n",
  "desired-state/app-web.container": `[Container]\nPod=app.pod\n${SLEEP}`,
  "desired-state/play.kube": "[Kube]\nYaml=/srv/play.yaml\n[Service]\nCPUWeight=0x\n",
  "desired-state/lan.network": "[Network]\n[Service]\nTimeoutStartSec=77 # s\n",
  "desired-state/worker.yaml": `pattern: background-worker
image: localhost/busybox:latest
command: [sleep, infinity]
quadlet:
  Service:
    CPUWeight: many
`,
};

const PLAY = `apiVersion: v1
kind: Pod
metadata: { name: play }
spec:
  containers: [{ name: main, image: "localhost/busybox:latest", command: [sleep, infinity] }]
`;

/** Each warning's place and the line that it is about. */
const WARNED = [
  "desired-state/app.pod:3:1 MemoryHigh=lots",
  "desired-state/db.container.d/10-tasks.conf:3:1 TasksMax=many",
  "desired-state/db.container:14:1 MemorySwapMax=16M",
  "desired-state/db.container:15:1 CPUQuota=lots",
  "desired-state/db.container:16:1 IOWeight=99999",
  "desired-state/db.container:17:1 MemoryLimt=",
  "desired-state/db.container:18:1 Environment=",
  "desired-state/db.container:20:1 the",
  "desired-state/db.container:3:1 StartLimitBurst=often",
  "desired-state/lan.network:3:1 TimeoutStartSec=77",
  "desired-state/play.kube:4:1 CPUWeight=0x",
  "desired-state/worker.yaml:6:16 CPUWeight=many",
];

const SWAP =
  "desired-state/db.container:14:1: systemd ignores MemorySwapMax=16M  # swap: " +
  "Invalid memory limit '16M  # swap': Invalid argument " +
  "(write MemorySwapMax=16M on a line of its own: systemd has no comments at the end of a line)";

interface Warned {
  readonly warnings: readonly Issue[];
}

function warningsOf({ warnings }: Warned): readonly string[] {
  const ignored = warnings.filter(({ code }) => code === "setting-ignored");
  return ignored
    .map(({ place, message }) => {
      const line = /^systemd ignores ([^\s:]+)/.exec(message)?.[1];
      return `${place?.file}:${place?.line}:${place?.column} ${line}`;
    })
    .sort();
}

function tellsStory(user: HomelabOptions["user"]): (home: () => Homelab) => void {
  return (home) => {
    const limit = (property: string) =>
      home().systemctl("show", "--value", `--property=${property}`, "db.service");

    test("are warned of before anything is written", async () => {
      await home().lab.write("/srv/play.yaml", PLAY, { user: "root" });
      if (user === "root") await home().sh(`git config --global --add safe.directory ${home().repo.url}`);
      const validated = await home().ask<Warned & { valid: boolean }>("validate");
      expect(warningsOf(validated.document)).toEqual(WARNED);
      expect(validated).toMatchObject({ exitCode: 0, document: { valid: true } });
      expect(validated.stderr).toContain(`warning: ${SWAP}`);
      expect(warningsOf((await home().ask<Warned>("plan")).document)).toEqual(WARNED);
    });

    test("are deployed, and the valid line before one of them is in force", async () => {
      const { exitCode, document, stderr } = await home().ask<Warned & { result: string }>("reconcile");
      expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
      expect(warningsOf(document)).toEqual(WARNED);
      expect(stderr).toContain(`warning: ${SWAP}`);
      expect(await limit("CPUQuotaPerSecUSec")).toBe("500ms");
      expect(await limit("TasksMax")).toBe("77");
      expect(await limit("MemorySwapMax")).toBe("infinity");
    });

    test("are no drift, and nothing to do", async () => {
      const before = await home().identity("db");
      expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
      expect(await home().identity("db")).toBe(before);
    });

    test("do not hide that somebody has set that limit", async () => {
      await home().systemctl("set-property", "--runtime", "db.service", "MemorySwapMax=8M");
      expect(await audit(home())).toEqual({ exitCode: 2, drift: ["db.container memory"], warning: [] });
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    });

    test("lose their warnings once they are mended, and are in force then", async () => {
      const mended = FILES["desired-state/db.container"].replace("16M  # swap", "16M");
      const { document } = await home().deploy({ "desired-state/db.container": mended }, "Mend the line");
      expect(workOf(document)).toEqual(["update db.container"]);
      const warned = document as unknown as Warned;
      expect(warningsOf(warned)).toEqual(WARNED.filter((line) => !line.includes("MemorySwapMax")));
      expect(await limit("MemorySwapMax")).toBe(String(16 * 1024 * 1024));
    });
  };
}

describeHomelab("lines that systemd ignores", { files: FILES }, tellsStory("homelab"));
describeHomelab("lines that systemd ignores, rootful", { files: FILES, user: "root" }, tellsStory("root"));

const UPDATED = `[Container]
ContainerName=web
HealthCmd=true
HealthInterval=1m
${SLEEP}
[Service]
ExecStartPost=-/usr/bin/podman update --health-interval 2m web
`;

describeHomelab("a live value that no restart mends", { files: { "README.md": "x\n" } }, (home) => {
  test("is a warning with its cause, and does not take the new text away", async () => {
    const { exitCode, document, stderr } = await home().deploy(
      { "desired-state/web.container": UPDATED },
      "Add web",
    );
    expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
    const why = "applied and in force, but not as declared: health (podman update)";
    expect(document.outcomes).toMatchObject([{ unit: "web.container", outcome: "created", message: why }]);
    expect(stderr).toContain(`warning: web.container: ${why}`);
    expect(await home().unit("web.container")).toBe(UPDATED);
    expect(await audit(home())).toMatchObject({ exitCode: 2, drift: ["web.container health"] });
  });
});
