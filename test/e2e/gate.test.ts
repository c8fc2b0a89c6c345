import { expect, test } from "vitest";
import { codesOf, describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";
import { HOMELAB, web } from "../support/flow-manifests.ts";

const REPORTS = "/home/homelab/reports";
const INTEL = "/home/homelab/intel.sh";
const SETTINGS = `health: { command: [${INTEL}, --quiet], reportDir: ${REPORTS}, timeout: 2s }\n`;

/** What homelab-intel writes, with the spaces and numbers that it writes them with. */
function report(score: number, issues = ""): string {
  return `{"timestamp":"$(date -Iseconds)","health_score":${score},"critical":[${issues}],
    "warnings":[{"code":"W002","message":"System disk above 70%","action":"Run: podman system prune"}],
    "info":[{"code":"I001","message":"All is well"}],"metrics":{"uptime_days":12,"selinux":"Enforcing","load_avg":"0.52"}}`;
}

const CRITICAL = `{"code":"C004","message":"Critical services down: grafana","action":"Start with: systemctl"}`;

/** Puts a script in the place of homelab-intel, with last week's report lying around. */
async function intel(home: Homelab, script: string): Promise<void> {
  await home.lab.write(INTEL, `#!/bin/bash\n${script}\n`, { mode: "0755" });
  const old = `${REPORTS}/intel-20251114-210311.json`;
  await home.sh(`rm -rf ${REPORTS}; mkdir ${REPORTS}
    echo '{"timestamp":"2025-11-14T21:03:11+01:00","health_score":100}' >${old}; touch -d '7 days ago' ${old}`);
}

/** homelab-intel with this score: text on stdout, the report in a new file, an exit status that follows the score. */
function scores(score: number, issues = ""): string {
  return `echo "Health score: ${score}/100"
cat >${REPORTS}/intel-$(date +%Y%m%d-%H%M%S).json <<END
${report(score, issues)}
END
exit ${score >= 75 ? 0 : score >= 50 ? 1 : 2}`;
}

/** What a gate that is not open must leave as it is; its own books are the only thing that may change. */
function untouched(home: Homelab): Promise<string> {
  return home.lab.snapshot({ ignore: /state\/quadgate/ });
}

describeHomelab("the gate", { files: HOMELAB, settings: SETTINGS }, (home) => {
  let megabytes = 512;
  /** A new change to ask the gate about. */
  const change = () => {
    megabytes += 1;
    const files = { "desired-state/web.yaml": web(`memory: ${megabytes}M\n`) };
    return home().repo.commitAndPush(files, `Give web ${megabytes}M`);
  };

  test("lets a plan through at a score of 92, and records the score", async () => {
    await intel(home(), scores(92));
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, gate: document.gate }).toMatchObject({
      exitCode: 0,
      gate: { state: "open", score: 92 },
    });
    expect((await home().history()).at(-1)).toMatchObject({
      score: 92,
      band: "proceed",
      health: { provider: "intel.sh", warnings: [{ code: "W002" }] },
    });
  });

  test.each([85, 70])("holds a plan at %i: exit 3, and nothing is changed", async (score) => {
    await change();
    await intel(home(), scores(score));
    const before = await untouched(home());
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: "held" });
    expect(document.gate).toMatchObject({ state: "held", score, band: "confirm" });
    expect(codesOf(document.gate.reasons)).toEqual(["health-in-confirm-band", "host-finding"]);
    expect(await untouched(home())).toBe(before);
  });

  test("lets through exactly the plan that a person approves", async () => {
    const held = await home().ask("reconcile");
    const named = held.document.digest.slice(0, 12);
    expect((await home().lab.quadgate(["reconcile"])).stdout).toContain(`quadgate approve ${named}`);
    expect(await home().lab.quadgate(["approve", "000000"])).toMatchObject({ exitCode: 1 });
    expect(await home().lab.quadgate(["approve", "--no-sync", named])).toMatchObject({ exitCode: 0 });

    await change();
    const other = await home().ask("reconcile");
    expect(other).toMatchObject({ exitCode: 3, document: { result: "held" } });
    expect(other.document.gate.reasons[0]?.message).toMatch(/another plan/);

    expect(await home().lab.quadgate(["approve", other.document.digest.slice(0, 12)])).toMatchObject({
      exitCode: 0,
    });
    expect(await home().unit("web.container")).toContain(`MemoryMax=${megabytes}M`);
    const record = (await home().history()).at(-1);
    expect(record).toMatchObject({ trigger: "approve", result: "applied", band: "confirm" });
    expect(codesOf(record?.reasons ?? [])).toContain("approved");

    await change();
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 3, document: { result: "held" } });
    expect(await home().ask("reconcile", "--yes")).toMatchObject({
      exitCode: 0,
      document: { result: "applied" },
    });
  });

  test("blocks a plan at 69 and lists what is wrong with the host", async () => {
    await change();
    await intel(home(), scores(69, CRITICAL));
    const before = await untouched(home());
    const { exitCode, stdout } = await home().lab.quadgate(["reconcile"]);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^Blocked: nothing was applied/m);
    expect(stdout).toMatch(/health score 69 .*health-below-block/);
    expect(stdout).toMatch(/C004 Critical services down: grafana \(Start with: systemctl\)/);
    expect(stdout).toMatch(/W002 System disk above 70% \(Run: podman system prune\)/);
    expect(await home().lab.quadgate(["reconcile", "--yes"])).toMatchObject({ exitCode: 3 });
    expect(await untouched(home())).toBe(before);
  });

  const unquoted = '{"health_score":92,"warnings":[{"message":"Disk "root" is full"}]}';
  const write = (text: string) => `echo '${text}' >${REPORTS}/intel-$(date +%Y%m%d-%H%M%S).json`;
  test.each([
    ["writes no report, but last week's is there", "report-missing", "exit 0"],
    [
      "writes a report that says it is an hour old",
      "report-stale",
      scores(92).replace("(date -I", "(date -d '1 hour ago' -I"),
    ],
    ["puts quotes into its JSON by hand", "report-invalid", write(unquoted)],
    ["writes a score that is a text", "report-invalid", write('{"health_score":"92"}')],
    ["writes a score above 100", "report-invalid", write('{"health_score":192}')],
    ["crashes", "health-command-failed", "echo 'no such file' >&2; exit 127"],
    [
      "hangs, and its children ignore SIGTERM",
      "health-command-timeout",
      "trap '' TERM; sleep 4711 & sleep 4711",
    ],
    [
      "hangs, and what it started has a session of its own",
      "health-command-timeout",
      "setsid sleep 4711 & (setsid sleep 4711 &); sleep 4711",
    ],
  ])("blocks if the health command %s: %s", async (_, code, script) => {
    await intel(home(), script);
    const before = await untouched(home());
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: "blocked" });
    expect(document.gate).toMatchObject({ state: "blocked", score: null, reasons: [{ code }] });
    expect(await untouched(home())).toBe(before);
    expect((await home().lab.sh("pgrep -af 'sleep 4711'", { reject: false })).stdout).toBe("");
  });

  test("blocks if the health command does not exist", async () => {
    await home().sh(`rm ${INTEL}`);
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, codes: codesOf(document.gate.reasons) }).toEqual({
      exitCode: 3,
      codes: ["health-command-failed"],
    });
  });

  test("is overridden by a person with a reason, which is recorded", async () => {
    await intel(home(), scores(20));
    expect(await home().lab.quadgate(["reconcile", "--force"])).toMatchObject({ exitCode: 1 });
    const { exitCode, document } = await home().ask(
      "reconcile",
      "--force",
      "--reason",
      "the disk is being replaced",
    );
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    expect((await home().history()).at(-1)).toMatchObject({
      forced: "the disk is being replaced",
      score: 20,
    });
    expect((await home().lab.quadgate(["history"])).stdout).toContain("forced: the disk is being replaced");
  });

  test("is not asked when there is nothing to apply", async () => {
    await intel(home(), "touch /tmp/asked; exit 1");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
    expect(await home().lab.exists("/tmp/asked")).toBe(false);
  });

  test("lets a revert to verified units through in the block band, but not without a report", async () => {
    await home().repo.git("revert", "--no-edit", "HEAD");
    await home().repo.push();
    await intel(home(), "exit 0");
    const without = await home().ask("reconcile");
    expect(without).toMatchObject({ exitCode: 3, document: { result: "blocked" } });
    expect(codesOf(without.document.gate.reasons)).toEqual(["report-missing"]);

    await intel(home(), scores(20));
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, work: workOf(document) }).toEqual({ exitCode: 0, work: ["update web.container"] });
    expect(document.gate).toMatchObject({ state: "open", score: 20 });
    expect(codesOf(document.gate.reasons)).toEqual(["restore", "health-below-block"]);
  });

  test("does not let through an image that an .image unit would pull first", async () => {
    const archive = "/home/homelab/app.tar";
    const save = (more: string) => `printf 'FROM docker.io/library/busybox:1.37\n${more}' >app.build
      podman build -qt localhost/app:1 -f app.build . && rm -f ${archive} && podman save -qo ${archive} localhost/app:1`;
    await home().sh(save("LABEL app=good\\n"));
    await intel(home(), scores(92));
    const files = {
      "desired-state/app.image": `[Image]\nImage=docker-archive:${archive}\nImageTag=localhost/app:1\n`,
      "desired-state/app.container": "[Container]\nImage=app.image\nExec=sleep infinity\n",
    };
    expect(await home().deploy(files, "Add app")).toMatchObject({ exitCode: 0 });
    const good = await home().podman("image", "inspect", "-f", "{{.Id}}", "localhost/app:1");

    await home().sh(`${save("LABEL app=bad\\n")} && podman tag ${good} localhost/app:1`);
    await home().systemctl("stop", "app-image.service", "app.service");
    await intel(home(), scores(20));
    const { exitCode, document } = await home().ask("reconcile", "app");
    expect({ exitCode, work: workOf(document) }).toEqual({ exitCode: 3, work: ["restart app.container"] });
    expect(codesOf(document.gate.reasons)[0]).toBe("health-below-block");
  });

  test("may be stricter for an instance, never looser", async () => {
    await intel(home(), scores(88));
    const gated = (block: number) => web(`memory: 900M\ngate: { block: ${block} }\n`);
    const strict = await home().deploy({ "desired-state/web.yaml": gated(90) }, "Be strict with web");
    expect(strict).toMatchObject({ exitCode: 3, document: { result: "blocked" } });
    await intel(home(), scores(60));
    const loose = await home().deploy({ "desired-state/web.yaml": gated(10) }, "Be easy on web");
    expect(loose).toMatchObject({ exitCode: 3, document: { result: "blocked" } });
    expect(codesOf(loose.document.gate.reasons)).toContain("gate-looser-ignored");
  });
});
