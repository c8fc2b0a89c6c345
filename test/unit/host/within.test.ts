import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createHost } from "../../../src/host/create-host.ts";
import { askHealth } from "../../../src/observe/health/ask-health.ts";
import { FACTS, healthSettings } from "../../support/health-host.ts";

const PATH = process.env.PATH ?? "";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quadgate-within-"));
  process.env.PATH = `${folder}:${PATH}`;
});
afterEach(async () => {
  process.env.PATH = PATH;
  await rm(folder, { recursive: true, force: true });
});

/** A program that notes its process and that of a child, and never answers. */
async function hanging(name: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nsleep 3600 &\necho $$ $! >>${folder}/pids\nwait\n`);
  await chmod(path, 0o755);
}

const isAlive = (pid: string) =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (stat) => !/\) [ZX] /.test(stat),
    () => false,
  );

it("podman and systemd calls that hang are killed with what they started, and reported as unanswered", async () => {
  await Promise.all(["podman", "systemctl", "busctl"].map(hanging));
  const { podman, systemd } = createHost(FACTS, ["quadgate"]).within(300);
  const asked = [podman.containers(), podman.store(), systemd.failedUnits(), systemd.services(["a.service"])];
  for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
    expect(status).toBe("rejected");
    expect(reason).toMatchObject({
      reason: "no-answer",
      message: expect.stringMatching(/did not answer in time$/),
    });
  }
  // The time is over for whatever is asked later.
  await expect(podman.networks()).rejects.toMatchObject({ reason: "no-answer" });
  const pids = (await readFile(join(folder, "pids"), "utf8")).split(/\s+/).filter(Boolean);
  expect(pids.length).toBeGreaterThanOrEqual(8);
  expect(await Promise.all(pids.map(isAlive))).not.toContain(true);
});

it("a manager whose reply busctl has awaited long enough is reported as unanswered, too", async () => {
  const path = join(folder, "busctl");
  await writeFile(path, "#!/bin/sh\necho 'Call failed: Connection timed out' >&2\nexit 1\n");
  await chmod(path, 0o755);
  const { systemd } = createHost(FACTS, ["quadgate"]).within(60_000);
  await expect(systemd.failedUnits()).rejects.toMatchObject({ reason: "no-answer" });
});

it("the built-in checks end with a score of 0 if they hang", async () => {
  await Promise.all(["podman", "systemctl", "busctl"].map(hanging));
  const host = createHost({ ...FACTS, stateDir: folder }, ["quadgate"]);
  const result = await askHealth(host, healthSettings({ provider: "builtin", timeout: 300 }));
  expect(result).toMatchObject({ ok: true, report: { score: 0, metrics: { programs_silent: 2 } } });
});
