import { createHmac } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type DaemonOptions, runDaemon } from "../../../src/daemon/daemon.ts";
import { triggerDaemon, triggerSocketPath } from "../../../src/daemon/trigger-client.ts";
import { createFiles } from "../../../src/host/files.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { type SettingsInput, settingsSchema } from "../../../src/model/settings-schema.ts";
import { git } from "./git.ts";
import { recordingLog, syncRecord, temporaryFolder, until } from "./support.ts";

/** A daemon in a folder of the test's own; its poll never comes unless the test asks for it. */
function daemon(
  settings: SettingsInput = {},
  changes: Partial<DaemonOptions> = {},
  folder = temporaryFolder(),
) {
  const stop = new AbortController();
  const { log, lines } = recordingLog();
  const triggers: string[] = [];
  const options: DaemonOptions = {
    settings: settingsSchema.parse({ daemon: { poll: "0 0 1 1 *" }, ...settings }),
    facts: {
      runtimeDir: join(folder, "run"),
      stateDir: join(folder, "state"),
      uid: 1000,
      rootless: true,
      home: folder,
      name: "htpc",
    },
    files: createFiles(),
    sync: async (trigger) => {
      triggers.push(trigger);
      return { record: syncRecord({ trigger }) };
    },
    lookAfter: async () => [],
    log,
    stop: stop.signal,
    ...changes,
  };
  const socket = triggerSocketPath(options.facts);
  let ended: Promise<void> | undefined;
  const run = () => {
    ended ??= runDaemon(options);
    return ended;
  };
  onTestFinished(async () => {
    stop.abort();
    await ended?.catch(() => undefined);
  });
  return { options, stop, lines, triggers, socket, folder, run };
}

describe("the daemon", () => {
  test("says that it is ready when its triggers are in place, then syncs", async () => {
    const order: string[] = [];
    const it = daemon(
      {},
      {
        ready: () => order.push(existsSync(it.socket) ? "ready with socket" : "ready too early"),
        sync: async (trigger) => {
          order.push(trigger);
          return { record: syncRecord() };
        },
      },
    );
    void it.run();
    await until(() => order.length === 2);
    expect(order).toEqual(["ready with socket", "start"]);
  });

  test("ends cleanly on the signal and leaves no socket", async () => {
    const it = daemon();
    const ended = it.run();
    await until(() => it.triggers.length > 0);
    it.stop.abort();
    await ended;
    expect(existsSync(it.socket)).toBe(false);
    expect(it.lines.at(-1)?.message).toBe("daemon stopped");
  });

  test("does nothing at all if it is stopped before it starts", async () => {
    const it = daemon();
    it.stop.abort();
    await it.run();
    expect(it.triggers).toEqual([]);
    expect(it.lines).toEqual([]);
  });

  test("asks the running sync to end on the signal, waits for it, and begins no other", async () => {
    const started: string[] = [];
    let finish = (): void => undefined;
    let signal: AbortSignal | undefined;
    const it = daemon(
      {},
      {
        sync: (trigger, { signal: given }) => {
          started.push(trigger);
          signal = given;
          return new Promise((resolve) => {
            finish = () => resolve({ record: syncRecord() });
          });
        },
      },
    );
    let ended = false;
    const run = it.run().then(() => {
      ended = true;
    });
    await until(() => started.length > 0);
    expect(await triggerDaemon(it.socket, "push")).toBe("accepted");
    expect(signal?.aborted).toBe(false);
    it.stop.abort();
    await until(() => signal?.aborted === true && !existsSync(it.socket));
    expect(ended).toBe(false);
    finish();
    await run;
    expect(started).toEqual(["start"]);
  });

  test("logs a failing sync with its reason and goes on", async () => {
    let failing = true;
    const it = daemon(
      {},
      {
        sync: async (trigger) => {
          if (!failing) return { record: syncRecord({ trigger }) };
          failing = false;
          throw new QuadgateError("bad-input", "jellyfin.yaml:3: unknown key", {
            hint: "did you mean image?",
          });
        },
      },
    );
    void it.run();
    await until(() => it.lines.some((line) => line.level === "error"));
    expect(it.lines.find((line) => line.level === "error")?.fields).toEqual({
      reason: "bad-input",
      error: "jellyfin.yaml:3: unknown key",
      hint: "did you mean image?",
    });
    await triggerDaemon(it.socket, "push");
    await until(() => it.lines.some((line) => line.message === "sync finished"));
  });

  test("does not report a sync that its stop interrupted as an error", async () => {
    const it = daemon(
      {},
      {
        sync: (_trigger, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () =>
              reject(new QuadgateError("interrupted", "stopped after plan")),
            );
          }),
      },
    );
    const run = it.run();
    await until(() => it.lines.some((line) => line.message === "sync started"));
    it.stop.abort();
    await run;
    expect(it.lines.filter((line) => line.level === "error")).toEqual([]);
    expect(it.lines.some((line) => line.fields.reason === "interrupted")).toBe(true);
  });

  test("is reached by poll, push to the repository, socket and webhook alike", async () => {
    const folder = temporaryFolder();
    const [bare, tree, secretFile] = [join(folder, "lab.git"), join(folder, "tree"), join(folder, "secret")];
    git("/", "init", "-q", "--bare", "-b", "main", bare);
    git("/", "init", "-q", "-b", "main", tree);
    git(tree, "commit", "-q", "--allow-empty", "-m", "One");
    writeFileSync(secretFile, "0123456789abcdef", { mode: 0o600 });
    let port = 0;
    const it = daemon(
      {
        repository: bare,
        daemon: { poll: "* * * * * *", listen: "127.0.0.1:0", webhookSecretFile: secretFile },
      },
      {
        onListen: (address) => {
          port = address.port;
        },
      },
      folder,
    );
    void it.run();
    const seen = (name: string) => until(() => it.triggers.some((names) => names.split("+").includes(name)));
    await seen("start");
    await seen("poll");
    git(tree, "push", "-q", bare, "main");
    await seen("repository");
    await triggerDaemon(it.socket, "push");
    await seen("push");
    const signature = createHmac("sha256", "0123456789abcdef").update("{}").digest("hex");
    await fetch(`http://127.0.0.1:${port}/hooks/generic`, {
      method: "POST",
      body: "{}",
      headers: { "X-Hub-Signature-256": `sha256=${signature}` },
    });
    await seen("webhook");
  });

  test("ends before it syncs if --poll is wrong, and closes what had started", async () => {
    const settings = settingsSchema.parse({});
    const it = daemon({}, { settings: { ...settings, daemon: { ...settings.daemon, poll: "never" } } });
    await expect(it.run()).rejects.toMatchObject({ reason: "bad-settings" });
    expect(it.triggers).toEqual([]);
    expect(existsSync(it.socket)).toBe(false);
  });

  test("is refused while another one runs, and may start when that has ended", async () => {
    const first = daemon();
    const ended = first.run();
    await until(() => first.triggers.length > 0);
    await expect(daemon({}, {}, first.folder).run()).rejects.toMatchObject({ reason: "locked" });
    expect(await triggerDaemon(first.socket, "push")).toBe("accepted");
    first.stop.abort();
    await ended;
    const third = daemon({}, {}, first.folder);
    void third.run();
    await until(() => third.triggers.length > 0);
  });
});
