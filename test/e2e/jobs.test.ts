import { beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/inspect/status.ts";
import type { DriftReport, FieldDrift } from "../../src/model/drift.ts";
import { codesOf, describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";

const BUSYBOX = "Image=docker.io/library/busybox:1.37\nVolume=%h/out:/out\n";
const ONESHOT = "[Service]\nType=oneshot\n";

interface Text {
  readonly description?: string;
  /** Of the shell in the container. */
  readonly run?: string;
  readonly more?: string;
}

/** A container that writes its name for each of its runs, and what it does then. */
function job(name: string, { description = name, run = "true", more = "" }: Text = {}): string {
  const command = `echo started >>/out/${name}; ${run}; echo ended $? >>/out/${name}`;
  return `[Unit]\nDescription=${description}\n[Container]\n${BUSYBOX}Exec=sh -c '${command}'\n${ONESHOT}${more}`;
}

/** What a run does until a test lets it end. */
const UNTIL_TOLD = "until [ -e /out/go ]; do sleep 0.2; done";

/** Starts a job as its timer would, and waits until it runs. */
async function begin(home: Homelab, name: string, service = `${name}.service`): Promise<void> {
  await home.sh(`rm -f ~/out/go ~/out/${name}; systemctl --user start --no-block ${service}`);
  await expect.poll(() => runsOf(home, name), { timeout: 60_000 }).toEqual(["started"]);
}

/** Lets a job end, which it does as it began. */
async function finish(home: Homelab, name: string, service = `${name}.service`): Promise<void> {
  await home.sh("touch ~/out/go");
  const done = () => home.sh(`systemctl --user is-active ${service} || true`);
  await expect.poll(done, { timeout: 60_000 }).toMatch(/^(inactive|failed)$/);
  expect(await runsOf(home, name)).toEqual(["started", "ended 0"]);
}

/** The lines that the runs of a container have written. */
async function runsOf(home: Homelab, name: string): Promise<readonly string[]> {
  const text = await home.sh(`cat ~/out/${name} 2>/dev/null || true`);
  return text.split("\n").filter((line) => line !== "");
}

async function stateOf(home: Homelab, unit: string): Promise<FieldDrift | undefined> {
  const { document } = await home.ask<DriftReport>("drift");
  const units = document.instances.flatMap((instance) => instance.units);
  return units.find((one) => one.unit === unit)?.fields.find(({ field }) => field === "state");
}

async function makeTimer(home: Homelab, name: string, more = ""): Promise<void> {
  const text = `[Timer]\nOnCalendar=yearly\n${more}[Install]\nWantedBy=timers.target\n`;
  await home.sh(`mkdir -p ~/out ~/.config/systemd/user; cat >~/.config/systemd/user/${name}.timer <<'END'
${text}END
systemctl --user daemon-reload; systemctl --user enable ${name}.timer`);
}

describeHomelab(
  "a job that a hand-made timer starts",
  { files: { "desired-state/backup.container": job("backup") } },
  (home) => {
    beforeAll(() => makeTimer(home(), "backup"));

    test("is loaded and not started when it is deployed", async () => {
      const plan = await home().ask("plan");
      expect(workOf(plan.document)).toEqual(["create backup.container"]);
      expect(codesOf(plan.document.changes[0]?.reasons ?? [])).toEqual(["unit-new", "job-loaded"]);
      expect(JSON.stringify(plan.document)).toContain("backup.timer starts this job");
      const done = await home().ask("reconcile");
      expect(done).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(done.document.outcomes).toMatchObject([{ unit: "backup.container", outcome: "created" }]);
      expect(await runsOf(home(), "backup")).toEqual([]);
      expect(await home().systemctl("show", "--property=LoadState,ActiveState", "backup.service")).toBe(
        "LoadState=loaded\nActiveState=inactive",
      );
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test.each([
      ["its description", { description: "Nightly backup" }],
      ["its command", { description: "Nightly backup", run: "sleep 1" }],
    ])("is not run by a commit that changes %s", async (_, text) => {
      const { exitCode, document } = await home().deploy(
        { "desired-state/backup.container": job("backup", text) },
        "Change the backup",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(document.outcomes).toMatchObject([{ unit: "backup.container", outcome: "updated" }]);
      expect(await runsOf(home(), "backup")).toEqual([]);
    });

    test("ends as it began if a commit changes it while it is under way", async () => {
      const slow = { run: UNTIL_TOLD };
      await home().deploy({ "desired-state/backup.container": job("backup", slow) }, "Take longer");
      await begin(home(), "backup");
      const changed = { run: `${UNTIL_TOLD}; false`, more: "Environment=LOG=1\n" };
      const { exitCode, document } = await home().deploy(
        { "desired-state/backup.container": job("backup", changed) },
        "Change the backup while it runs",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(await stateOf(home(), "backup.container")).toMatchObject({ status: "match", live: "running" });
      expect((await home().ask<DriftReport>("drift")).exitCode).toBe(0);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      await finish(home(), "backup");
      expect(await stateOf(home(), "backup.container")).toMatchObject({ status: "match", live: "loaded" });
    });

    test("is no drift and is not run again after it has failed, and says so", async () => {
      const failing = { run: "exit 3" };
      await home().deploy({ "desired-state/backup.container": job("backup", failing) }, "Fail");
      await home().sh("rm -f ~/out/backup; systemctl --user start backup.service || true");
      expect(await runsOf(home(), "backup")).toEqual(["started"]);
      const state = await stateOf(home(), "backup.container");
      expect(state).toMatchObject({ status: "match", live: "loaded" });
      expect(state?.message).toMatch(/started by backup\.timer; last run: failed \(exit-code 3\), \d+ s ago/);
      expect((await home().ask("drift")).exitCode).toBe(0);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      const { exitCode, document } = await home().deploy(
        { "desired-state/backup.container": job("backup", { run: "exit 4" }) },
        "Fail in another way",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(await runsOf(home(), "backup")).toEqual(["started"]);
    });

    test("has its next and its last run in the status, within 80 columns", async () => {
      await home().systemctl("start", "backup.timer");
      const { document } = await home().ask<Status>("status");
      const [unit] = document.units;
      expect(unit).toMatchObject({ role: "job", job: { startedBy: ["backup.timer"], running: false } });
      expect(unit?.job?.result).toBe("exit-code 3");
      expect(unit?.job?.next).toMatch(/-01-01T/);
      const { stdout } = await home().lab.quadgate(["status"]);
      expect(stdout).toMatch(/^backup\.container +in \d+ d +failed \(exit-code 3\), \d+ (s|min) ago$/m);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    });

    test("stays until it has ended if a commit deletes it while it is under way", async () => {
      await home().deploy({ "desired-state/backup.container": job("backup", { run: UNTIL_TOLD }) }, "Wait");
      await begin(home(), "backup");
      const { exitCode, document } = await home().deploy(
        { "desired-state/backup.container": null },
        "Remove the backup",
        "--allow-empty",
      );
      expect(exitCode).toBe(0);
      expect(document.changes.map(({ action, reasons }) => [action, ...codesOf(reasons)])).toEqual([
        ["none", "job-running"],
      ]);
      await finish(home(), "backup");
      const after = await home().ask("reconcile", "--allow-empty");
      expect(after.document.outcomes).toMatchObject([{ unit: "backup.container", outcome: "deleted" }]);
    });
  },
);

const YAML = `apiVersion: v1
kind: Pod
metadata: { name: importer }
spec:
  restartPolicy: Never
  containers:
    - name: main
      image: docker.io/library/busybox:1.37
      command: [sh, -c, "echo started >>/out/importer; sleep 2"]
      volumeMounts: [{ name: out, mountPath: /out }]
  volumes: [{ name: out, hostPath: { path: /home/homelab/out } }]
`;
const INSTALL = "[Install]\nWantedBy=default.target\n";
const app = (more: string) => `${more}[Container]\n${BUSYBOX}Exec=sleep infinity\nStopTimeout=1\n`;
const NEEDING = "[Unit]\nRequires=migrate.service\nAfter=migrate.service\n";

describeHomelab(
  "oneshots, and what a timer starts",
  {
    files: {
      "desired-state/prune.container": job("prune"),
      "desired-state/setup.container": job("setup", { more: INSTALL }),
      "desired-state/once.container": job("once", { more: `RemainAfterExit=yes\n${INSTALL}` }),
      "desired-state/migrate.container": job("migrate"),
      "desired-state/app.container": app(NEEDING),
      "desired-state/report.container": job("report", { more: INSTALL }),
      "desired-state/crawler.container": app("[Unit]\nDescription=Crawler\n"),
      "desired-state/importer.kube": "[Kube]\nYaml=/home/homelab/importer.yaml\n",
    },
  },
  (home) => {
    beforeAll(async () => {
      for (const name of ["report", "crawler", "importer"]) await makeTimer(home(), name);
      await home().sh(`cat >~/importer.yaml <<'END'\n${YAML}END`);
    });
    const counts = async () => {
      const names = ["prune", "setup", "once", "migrate", "report", "importer"];
      return Promise.all(
        names.map(async (name) => (await runsOf(home(), name)).filter((line) => line === "started").length),
      );
    };
    const invocation = (service: string) => home().systemctl("show", "--property=InvocationID", service);
    const activeStates = (...services: readonly string[]) =>
      home().sh(`systemctl --user is-active ${services.join(" ")} || true`);

    test("run if the sync has to start them, and not if a timer or a person does", async () => {
      const { exitCode, document } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      const [prune, setup, once, migrate, report, importer] = await counts();
      expect({ prune, setup, once, report, importer }).toEqual({
        prune: 0,
        setup: 1,
        once: 1,
        report: 0,
        importer: 0,
      });
      expect(migrate).toBeGreaterThan(0);
      expect(await activeStates("app", "once", "crawler", "importer")).toBe(
        "active\nactive\ninactive\ninactive",
      );
      expect((await home().ask("drift")).exitCode).toBe(0);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("run again if what the sync has to start changes, and the others stay", async () => {
      const before = await counts();
      const more = { more: `Environment=A=1\n` };
      const { exitCode, document } = await home().deploy(
        {
          "desired-state/prune.container": job("prune", more),
          "desired-state/setup.container": job("setup", { more: `Environment=A=1\n${INSTALL}` }),
          "desired-state/report.container": job("report", { more: `Environment=A=1\n${INSTALL}` }),
          "desired-state/crawler.container": app("[Unit]\nDescription=Another crawler\n"),
          "desired-state/importer.kube":
            "[Unit]\nDescription=Import\n[Kube]\nYaml=/home/homelab/importer.yaml\n",
        },
        "Change all of them",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect((await counts()).map((count, index) => count - (before[index] ?? 0))).toEqual([
        0, 1, 0, 0, 0, 0,
      ]);
      expect(await activeStates("crawler", "importer")).toBe("inactive\ninactive");
    });

    test("that run for long as services do are neither restarted nor stopped", async () => {
      await home().systemctl("start", "crawler.service", "importer.service");
      const identity = await invocation("crawler.service");
      const { exitCode, document } = await home().deploy(
        {
          "desired-state/crawler.container": app("[Unit]\nDescription=Crawler\n").replace("infinity", "9999"),
        },
        "Change the crawler while it runs",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(await invocation("crawler.service")).toBe(identity);
      expect((await home().ask("drift")).exitCode).toBe(0);
      await home().systemctl("stop", "crawler.service");
      expect((await home().ask("drift")).exitCode).toBe(0);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("that are instances of a template are neither restarted nor stopped with it", async () => {
      const template = (more = "") => ({
        "desired-state/sync@.container": job("sync-%i", { run: UNTIL_TOLD, more }),
      });
      await home().deploy(template(), "Add a template");
      await begin(home(), "sync-a", "sync@a.service");
      const changed = await home().deploy(template("Environment=A=1\n"), "Change the template");
      expect(changed).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      const deleted = await home().deploy({ "desired-state/sync@.container": null }, "Remove the template");
      const change = deleted.document.changes.find(({ unit }) => unit === "sync@.container");
      expect([change?.action, ...codesOf(change?.reasons ?? [])]).toEqual(["none", "job-running"]);
      await finish(home(), "sync-a", "sync@a.service");
      expect(workOf((await home().ask("reconcile")).document)).toEqual(["delete sync@.container"]);
    });

    test("that are to be started and fail are put back", async () => {
      const broken = job("setup", { run: "exit 7", more: INSTALL });
      const { exitCode, document } = await home().deploy(
        { "desired-state/setup.container": broken },
        "Break the setup",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
      await home().deploy(
        { "desired-state/setup.container": job("setup", { more: `Environment=A=1\n${INSTALL}` }) },
        "Mend the setup",
      );
    });

    test("keep what they are bound to as it is while they run", async () => {
      const on = (subnet: string) => ({
        "desired-state/back.network": `[Network]\nSubnet=10.89.${subnet}.0/24\n`,
        "desired-state/prune.container": job("prune", { run: UNTIL_TOLD }).replace(
          "Volume=",
          "Network=back.network\nVolume=",
        ),
      });
      await home().deploy(on("80"), "Give it a network");
      await begin(home(), "prune");
      const { exitCode, document } = await home().deploy(on("81"), "Give the network other addresses");
      expect(exitCode).toBe(0);
      const change = document.changes.find(({ unit }) => unit === "back.network");
      expect([change?.action, ...codesOf(change?.reasons ?? [])]).toEqual(["none", "job-running"]);
      await finish(home(), "prune");
      const later = await home().ask("reconcile");
      expect(workOf(later.document)).toEqual(["update back.network"]);
      expect(later.document.result).toBe("applied");
      expect(await runsOf(home(), "prune")).toEqual(["started", "ended 0"]);
    });
  },
);

const proxy = (more = "") =>
  `[Container]\nImage=docker.io/library/traefik:v3.6.2\nContainerName=proxy\nStopTimeout=1\nNotify=true\n${more}`;

describeHomelab(
  "a service that a hand-made socket starts",
  { files: { "desired-state/proxy.container": proxy() } },
  (home) => {
    beforeAll(async () => {
      const socket =
        "[Socket]\nListenStream=8090\nFileDescriptorName=web\n[Install]\nWantedBy=sockets.target\n";
      await home().sh(`mkdir -p ~/.config/systemd/user; cat >~/.config/systemd/user/proxy.socket <<'END'
${socket}END
systemctl --user daemon-reload; systemctl --user enable proxy.socket`);
    });
    const active = () => home().sh("systemctl --user is-active proxy.service || true");

    test("is only loaded, and waits for its first connection", async () => {
      const { exitCode, document } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(codesOf(document.changes[0]?.reasons ?? [])).toEqual(["unit-new", "trigger-loaded"]);
      expect(await active()).toBe("inactive");
      expect(await stateOf(home(), "proxy.container")).toMatchObject({ status: "match", live: "loaded" });
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("is not started by a commit that changes it while it waits", async () => {
      const { document } = await home().deploy(
        { "desired-state/proxy.container": proxy("Environment=A=1\n") },
        "Change it while it waits",
      );
      expect(document.outcomes).toMatchObject([{ outcome: "updated" }]);
      expect(await active()).toBe("inactive");
    });

    test("starts from its new text with the first connection", async () => {
      await home().systemctl("start", "proxy.socket");
      await home().sh("curl -s --max-time 20 -o /dev/null http://localhost:8090/ || true");
      await expect.poll(active, { timeout: 20_000 }).toBe("active");
      expect(await home().podman("exec", "proxy", "env")).toContain("A=1");
      expect((await home().ask("drift")).exitCode).toBe(0);
    });

    test("is restarted by a commit that changes it while it runs", async () => {
      const identity = await home().identity("proxy");
      const { exitCode, document } = await home().deploy(
        { "desired-state/proxy.container": proxy("Environment=A=2\n") },
        "Change it while it runs",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(await home().identity("proxy")).not.toBe(identity);
      expect(await active()).toBe("active");
      expect(await home().systemctl("is-active", "proxy.socket")).toBe("active");
      await home().systemctl("stop", "proxy.service");
      expect((await home().ask("drift")).exitCode).toBe(0);
    });
  },
);

describeHomelab(
  "a hand-written job of root's with its hand-made timer",
  { files: { "desired-state/web.container": app("").replaceAll("%h", "/root") }, user: "root" },
  (home) => {
    const DEPLOYED = job("nightly").replaceAll("%h", "/root");

    test("is adopted, changed and audited without a run", async () => {
      await home().sh(`git config --global --add safe.directory ${home().repo.url}
mkdir -p /root/out; cat >/etc/containers/systemd/nightly.container <<'END'
${DEPLOYED}END
printf '[Timer]\\nOnCalendar=yearly\\n' >/etc/systemd/system/nightly.timer
systemctl daemon-reload; systemctl start nightly.timer`);
      expect((await home().ask("reconcile")).document.result).toBe("applied");
      const adopted = await home().ask<{ readonly units: readonly { readonly pending: unknown }[] }>(
        "adopt",
        "nightly",
        "--yes",
      );
      expect(adopted.exitCode, adopted.stderr).toBe(0);
      expect(adopted.document.units).toMatchObject([
        { unit: "nightly.container", pending: [] },
        { unit: "nightly.timer", pending: [] },
      ]);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      await home().sh("chown -R homelab: /home/homelab/git");
      await home().repo.git("pull", "-q", "--rebase", "origin", "main");
      const { exitCode, document } = await home().deploy(
        { "desired-state/nightly.container": DEPLOYED.replace("echo started", "echo begun") },
        "Change the adopted job",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect((await home().ask("drift")).exitCode).toBe(0);
      expect(await home().sh("ls /root/out")).toBe("");
      expect(await home().systemctl("show", "--property=InvocationID", "nightly.service")).toBe(
        "InvocationID=",
      );
    });
  },
);
