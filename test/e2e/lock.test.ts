import { beforeEach, expect, test } from "vitest";
import { startDaemon } from "../support/flow-daemon.ts";
import { describeHomelab, HEALTHY, type SyncDocument } from "../support/flow-homelab.ts";
import { container, inShort, startOver } from "../support/flow-left-alone.ts";
import { deployed, holds, inventoryOf, push } from "../support/flow-settling.ts";

const VERIFY = "verify: { timeout: 120s, stable: 3s, probation: 8s }\n";
const NO_POLL = "daemon: { poll: '0 0 1 1 *' }\n";
const FIRST = { files: { "README.md": "A homelab.\n" }, settings: `${HEALTHY}${VERIFY}${NO_POLL}` };
/** Of a start that would take longer than a test waits. */
const SOON_MS = 40_000;

/** A container whose start waits for a health check that passes once there is a file, or never. */
const waits = (name: string, more = "") =>
  `${container(name, `Exec=hold\nLabel=text=slow\nVolume=%h/signs:/signs:ro\n${CHECK}`)}${more}[Service]\nTimeoutStartSec=120\n`;
const CHECK =
  "HealthCmd=test -e /signs/healthy\nHealthInterval=1s\nHealthRetries=500\nNotify=healthy\nStopTimeout=1\n";

describeHomelab("a sync whose start waits for a health check", FIRST, (home) => {
  beforeEach(async () => {
    await startOver(home());
    await home().sh("mkdir -p signs; rm -f signs/healthy");
    await deployed(home(), { "app.container": holds("app", "", "old"), "other.container": holds("other") });
  });

  const starting = () =>
    home().sh(`
      until [ "$(podman container inspect -f '{{index .Config.Labels "text"}}' app 2>/dev/null)" = slow ]; do
        sleep 0.1
      done`);
  const starts = async () =>
    Number(await home().sh("journalctl --user -q -o cat -u app.service | grep -c '^Starting '"));

  /** Starts a sync that brings the slow text, and returns it once its container runs. */
  async function begun() {
    await push(home(), { "app.container": waits("app") });
    const child = home().lab.spawn(["quadgate", "reconcile", "--yes", "--output", "json"]);
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await starting();
    return {
      child,
      end: async () => {
        const { exitCode } = await child;
        return { exitCode, result: (JSON.parse(said) as SyncDocument).result };
      },
    };
  }

  test("does not keep a push waiting that mends it", async () => {
    const first = await begun();
    const beganMs = Date.now();
    await push(home(), { "app.container": holds("app", "", "new") });
    const second = await home().ask("reconcile", "--yes");
    expect(inShort(second), second.stderr).toEqual({ exitCode: 0, outcomes: ["updated app.container"] });
    expect(Date.now() - beganMs).toBeLessThan(SOON_MS);
    expect(await first.end()).toEqual({ exitCode: 4, result: "superseded" });
    const { failed, texts } = await inventoryOf(home());
    expect([failed, texts.app?.state]).toEqual([{}, "settled"]);
  });

  test("keeps neither another instance waiting nor a second sync, and both verify it", async () => {
    const first = await begun();
    const before = await starts();
    await push(home(), { "other.container": holds("other", "", "new") });
    const other = await home().ask("reconcile", "other", "--yes");
    expect(inShort(other), other.stderr).toEqual({ exitCode: 0, outcomes: ["updated other.container"] });
    const second = home().ask("reconcile", "--yes");
    await home().sh("sleep 3; touch signs/healthy");
    expect((await second).exitCode).toBe(0);
    expect(await first.end()).toEqual({ exitCode: 0, result: "applied" });
    expect(await starts()).toBe(before);
    expect((await inventoryOf(home())).texts.app?.state).toBe("settled");
  });

  test("is taken over by the next one if it is killed", async () => {
    const first = await begun();
    const before = await starts();
    first.child.kill("SIGKILL");
    await first.child;
    await home().sh("touch signs/healthy");
    const next = await home().ask("reconcile", "--yes");
    expect(next.exitCode, next.stderr).toBe(0);
    expect(await starts()).toBe(before);
    expect((await inventoryOf(home())).texts.app?.state).toBe("settled");
  });

  test("of the daemon lets the next push go ahead", async () => {
    const daemon = await startDaemon(home());
    try {
      await push(home(), { "app.container": waits("app") });
      await starting();
      const beganMs = Date.now();
      await push(home(), { "app.container": holds("app", "", "new") });
      await daemon.until(/sync finished/, 2);
      expect(Date.now() - beganMs).toBeLessThan(SOON_MS);
      const results = (await home().history()).map(({ result }) => result);
      expect(results.slice(-2).sort()).toEqual(["applied", "superseded"]);
    } finally {
      await daemon.end("SIGTERM");
    }
  });
});
