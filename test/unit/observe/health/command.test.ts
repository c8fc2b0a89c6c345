import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askHealth } from "../../../../src/observe/health/ask-health.ts";
import { healthHost, healthSettings } from "../../../support/health-host.ts";

let folder: string;
let reports: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quadgate-health-"));
  reports = join(folder, "reports");
  await mkdir(reports);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A health command: a shell script that finds the report folder in $1. */
async function command(script: string): Promise<string[]> {
  const file = join(folder, "homelab-intel.sh");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return [file, reports];
}

async function oldReport(name: string, score: number, ageMs: number): Promise<void> {
  const file = join(reports, name);
  const time = new Date(Date.now() - ageMs);
  await writeFile(file, JSON.stringify({ timestamp: time.toISOString(), health_score: score }));
  await utimes(file, time, time);
}

const ask = async (script: string, settings: Parameters<typeof healthSettings>[0] = {}) =>
  askHealth(healthHost(), healthSettings({ command: await command(script), ...settings }));

const INTEL = `
echo "=== Homelab report, for people ==="
cat > "$1/intel-$(date +%Y%m%d-%H%M%S).json" <<EOF
{"timestamp":"$(date -Iseconds)","health_score":60,
 "critical":[{"code":"C004","message":"Critical services down: grafana","action":"Start with: x"}],
 "warnings":[{"code":"W002","message":"disk","action":"clean"}],
 "info":[{"code":"I001","message":"well"}],
 "metrics":{"uptime_days":12,"selinux":"Enforcing","load_avg":"0.52","nothing":null}}
EOF
exit 1`;

describe("a health command that writes report files, as homelab-intel does", () => {
  test("provides a report, although it exits with 1 and prints text", async () => {
    const result = await ask(INTEL, { reportDir: reports });
    expect(result).toMatchObject({
      ok: true,
      report: {
        provider: "homelab-intel.sh",
        score: 60,
        critical: [{ code: "C004", message: "Critical services down: grafana", action: "Start with: x" }],
        warnings: [{ code: "W002", message: "disk", action: "clean" }],
        info: [{ code: "I001", message: "well" }],
        metrics: { uptime_days: 12, selinux: "Enforcing", load_avg: "0.52" },
      },
    });
  });

  test("is not replaced by an older report in the folder", async () => {
    await oldReport("intel-20251114-210311.json", 100, 60_000);
    expect(await ask("true", { reportDir: reports })).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("is not replaced by a report written a moment before the run", async () => {
    await oldReport("intel-20251114-210311.json", 100, 0);
    expect(await ask("true", { reportDir: reports })).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("is not replaced by a report whose time lies in the future", async () => {
    await oldReport("intel-20991114-210311.json", 100, -30_000);
    expect(await ask("true", { reportDir: reports })).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("is not replaced by an old file put into the folder during the run", async () => {
    const script = `echo '{"health_score":100}' > "$1/intel-1.json"; touch -d '2 hours ago' "$1/intel-1.json"`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("gives a stale report if the time inside is old, however new the file is", async () => {
    const script = `echo '{"health_score":100,"timestamp":"2020-01-01T00:00:00Z"}' > "$1/intel-1.json"`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: false, code: "report-stale" });
  });

  test("provides a report if it overwrites the file of a run in the same second", async () => {
    await oldReport("intel-20251114-210311.json", 100, 500);
    const script = `echo '{"health_score":42}' > "$1/intel-20251114-210311.json"`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: true, report: { score: 42 } });
  });

  test("provides the newest of several reports", async () => {
    const script = `echo '{"health_score":90}' > "$1/intel-2.json"; sleep 0.05; echo '{"health_score":30}' > "$1/intel-1.json"`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: true, report: { score: 30 } });
  });

  test("is waited for while another run is still writing its report", async () => {
    const script = `printf '{"health_' > "$1/intel-1.json"
      (sleep 0.2; echo 'score":77}' >> "$1/intel-1.json") >/dev/null 2>&1 &`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: true, report: { score: 77 } });
  });

  test("provides the report before it if another run never finishes writing the newest one", async () => {
    const script = `echo '{"health_score":66}' > "$1/intel-1.json"; sleep 0.05; printf '{"health_score":9' > "$1/intel-2.json"`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: true, report: { score: 66 } });
  });

  test("does not provide that from before this run", async () => {
    await oldReport("intel-1.json", 100, 1_000);
    const result = await ask(`printf '{"health_score":9' > "$1/intel-2.json"`, { reportDir: reports });
    expect(result).toMatchObject({ ok: false, code: "report-invalid" });
  });

  test("gives an invalid report if the report stays half written", async () => {
    const result = await ask(`printf '{"health_score":90,' > "$1/intel-1.json"`, { reportDir: reports });
    expect(result).toMatchObject({ ok: false, code: "report-invalid" });
  });

  test("is read from reports only, not from other files and links in the folder", async () => {
    await writeFile(join(folder, "good.json"), '{"health_score":100}');
    await symlink(join(folder, "good.json"), join(reports, "intel-latest.json"));
    const script = `echo '{"health_score":100}' > "$1/summary.json"`;
    expect(await ask(script, { reportDir: reports })).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("gives an invalid report if the report exceeds 4 MiB", async () => {
    const script = `{ printf '{"health_score":100,"x":"'; head -c 5000000 /dev/zero | tr '\\0' x; printf '"}'; } > "$1/intel-1.json"`;
    const result = await ask(script, { reportDir: reports });
    expect(result).toMatchObject({ ok: false, code: "report-invalid" });
  });

  test("gives a missing report if the report folder is not a folder", async () => {
    const result = await ask("true", { reportDir: join(folder, "homelab-intel.sh") });
    expect(result).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("provides what it prints if it wrote no file", async () => {
    const result = await ask(`echo '{"health_score":91}'`, { reportDir: reports });
    expect(result).toMatchObject({ ok: true, report: { score: 91 } });
  });
});

describe("a health command that prints its report", () => {
  test.each([0, 1, 2, 75])("is read regardless of its exit status %d", async (status) => {
    const result = await ask(`echo '{"health_score":91}'; exit ${status}`);
    expect(result).toMatchObject({ ok: true, report: { score: 91, critical: [], metrics: {} } });
  });

  test("gives an invalid report if it prints text that is not JSON", async () => {
    expect(await ask("echo all is well")).toMatchObject({
      ok: false,
      code: "report-invalid",
      message: expect.stringContaining("set health.reportDir"),
    });
    expect(await ask("echo 'Health score: 60'; exit 1")).toMatchObject({
      ok: false,
      code: "health-command-failed",
      message: expect.stringContaining("set health.reportDir"),
    });
  });

  test("gives a missing report if it prints nothing", async () => {
    expect(await ask("true")).toMatchObject({ ok: false, code: "report-missing" });
  });

  test("fails without a report, with its last line as the reason", async () => {
    const result = await ask("echo starting >&2; echo 'podman: no such file' >&2; exit 3");
    expect(result).toEqual({
      ok: false,
      code: "health-command-failed",
      provider: "homelab-intel.sh",
      message:
        "the health command homelab-intel.sh ended with status 3 and printed no report: podman: no such file",
    });
    expect(await ask("echo 'refused: TOKEN=hunter2' >&2; exit 3")).toMatchObject({
      message: expect.stringMatching(/: refused: TOKEN=\(hidden\)$/),
    });
  });

  test("fails if it is killed, whatever it printed", async () => {
    const name = "the health command homelab-intel.sh was killed";
    const killed = async (script: string, settings: Parameters<typeof ask>[1] = {}) => {
      const result = await ask(`${script}kill -9 $$`, settings);
      expect(result).toMatchObject({ ok: false, code: "health-command-failed" });
      return result.ok ? "" : result.message.replace(reports, "reports");
    };
    const whole = `echo '{"health_score":91}'; `;
    expect(await killed(whole)).toBe(`${name} and quadgate ignores what it had printed`);
    expect(await killed("")).toBe(`${name} and printed no report`);
    expect(await killed(whole, { reportDir: reports })).toBe(
      `${name} and wrote no report to reports, and quadgate ignores what it had printed`,
    );
  });

  test("fails if it prints without end", async () => {
    const result = await ask(`printf '{"health_score":100,"x":"'; yes`);
    expect(result).toMatchObject({
      ok: false,
      code: "health-command-failed",
      message: expect.stringContaining("printed more than 4194304 bytes"),
    });
  });

  test("is reported as not run if it does not exist", async () => {
    const settings = healthSettings({ command: [join(folder, "missing.sh")] });
    const result = await askHealth(healthHost(), settings);
    expect(result).toMatchObject({ ok: false, code: "health-command-failed", provider: "missing.sh" });
  });

  test("is reported as timed out if it takes too long, even with a report, and its children end", async () => {
    const script = `echo '{"health_score":100}'; echo '{"health_score":100}' > "$1/intel-1.json"
      (sleep 3; touch "$1/survivor") & sleep 60`;
    const result = await ask(script, { timeout: 300, reportDir: reports });
    expect(result).toMatchObject({ ok: false, code: "health-command-timeout" });
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(await readdir(reports)).not.toContain("survivor");
  });

  test("ends with what it started with setsid if it takes too long", async () => {
    const script = `setsid sh -c 'echo $$ >"$1/child"; exec sleep 60' sh "$1" & sleep 60`;
    const result = await ask(script, { timeout: 1_000, reportDir: reports });
    expect(result).toMatchObject({ ok: false, code: "health-command-timeout" });
    const child = (await readFile(join(reports, "child"), "utf8")).trim();
    await expect
      .poll(() => readFile(`/proc/${child}/cmdline`, "utf8").catch(() => ""))
      .not.toContain("sleep");
  });

  test("ends with what it started when quadgate is asked to stop", async () => {
    const script = `setsid sh -c 'echo $$ >"$1/child"; exec sleep 60' sh "$1" & sleep 60`;
    const stop = new AbortController();
    const settings = healthSettings({ command: await command(script), reportDir: reports });
    const answer = askHealth(healthHost(), settings, stop.signal);
    const child = () => readFile(join(reports, "child"), "utf8").catch(() => "");
    await expect.poll(child).toMatch(/\d\n/);
    stop.abort();
    await expect(answer).rejects.toMatchObject({ reason: "interrupted" });
    await expect
      .poll(async () => readFile(`/proc/${(await child()).trim()}/cmdline`, "utf8").catch(() => ""))
      .not.toContain("sleep");
  });

  test("is read when it ends, although something that it started keeps its output open", async () => {
    const result = await ask(`setsid sleep 8 & echo '{"health_score":73}'; exit 1`, { timeout: 30_000 });
    expect(result).toMatchObject({ ok: true, report: { score: 73 } });
  });

  test("receives its arguments without a shell", async () => {
    const [file = ""] = await command(`printf '{"health_score":50,"info":[{"message":"%s"}]}' "$1"`);
    const settings = healthSettings({ command: [file, "$HOME; exit 9"] });
    expect(await askHealth(healthHost(), settings)).toMatchObject({
      ok: true,
      report: { info: [{ message: "$HOME; exit 9" }] },
    });
  });

  test("may be given relative to the home folder", async () => {
    await command(`echo '{"health_score":91}'`);
    const settings = healthSettings({ command: ["~/homelab-intel.sh"] });
    expect(await askHealth(healthHost({ home: folder }), settings)).toMatchObject({ ok: true });
  });
});

describe("a health report folder without a command", () => {
  const read = (maxAge = 600_000) => askHealth(healthHost(), healthSettings({ reportDir: reports, maxAge }));

  test("provides its newest report, whatever the names", async () => {
    await oldReport("intel-9.json", 20, 300_000);
    await oldReport("intel-1.json", 88, 10_000);
    expect(await read()).toMatchObject({ ok: true, report: { score: 88, provider: "report" } });
  });

  test("refuses the newest when it is older than maxAge", async () => {
    await oldReport("intel-1.json", 88, 601_000);
    expect(await read()).toMatchObject({ ok: false, code: "report-stale" });
  });

  test("refuses an old report that was copied a moment ago", async () => {
    await writeFile(
      join(reports, "intel-1.json"),
      '{"health_score":88,"timestamp":"2020-01-01T00:00:00+01:00"}',
    );
    expect(await read()).toMatchObject({ ok: false, code: "report-stale" });
  });

  test("says so when it is empty or does not exist", async () => {
    expect(await read()).toMatchObject({ ok: false, code: "report-missing" });
    await rm(reports, { recursive: true });
    expect(await read()).toMatchObject({ ok: false, code: "report-missing" });
  });
});

test("the setting provider: command without a command or folder fails closed", async () => {
  const result = await askHealth(healthHost(), healthSettings({ provider: "command" }));
  expect(result).toMatchObject({ ok: false, code: "health-command-failed" });
});
