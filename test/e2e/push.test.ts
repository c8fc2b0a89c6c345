import { afterAll, expect, test } from "vitest";
import type { SyncRecord } from "../../src/model/record.ts";
import { type Daemon, NO_POLL, pushToHealthy, startDaemon } from "../support/flow-daemon.ts";
import { describeHomelab, HEALTHY, type Homelab } from "../support/flow-homelab.ts";
import { cache, HOMELAB, web } from "../support/flow-manifests.ts";

const SETTINGS = HEALTHY + NO_POLL;
const SECRET = "a secret of more than sixteen characters";
const SOCKET = "/run/user/1000/quadgate/notify.sock";

/** Writes the webhook's secret, starts the daemon, and returns a way to it; it ends with the tests. */
function withDaemon(home: () => Homelab): { get(): Promise<Daemon>; restart(): Promise<Daemon> } {
  let daemon: Daemon | undefined;
  const start = async () => {
    await home().lab.write("/home/homelab/secret", `${SECRET}\n`, { mode: "0600" });
    daemon = await startDaemon(home());
    return daemon;
  };
  afterAll(async () => {
    await daemon?.end("SIGKILL");
  });
  return { get: async () => daemon ?? start(), restart: start };
}

function byStart(a: SyncRecord, b: SyncRecord): number {
  return Date.parse(a.startedAt) - Date.parse(b.startedAt);
}

async function triggersOf(home: Homelab): Promise<readonly string[]> {
  return (await home.history()).map(({ trigger }) => trigger);
}

describeHomelab("the daemon beside the repository", { files: HOMELAB, settings: SETTINGS }, (home) => {
  const daemon = withDaemon(home);

  test("brings the host in line with git when it starts, then waits", async () => {
    await daemon.get();
    expect(await triggersOf(home())).toEqual(["start"]);
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });

  test("sees a push to the repository and deploys it", async () => {
    await home().repo.commit({ "desired-state/second.yaml": web("", "second") }, "Add second");
    const milliseconds = await pushToHealthy(home(), "second");
    process.stderr.write(`push to healthy: ${milliseconds} ms\n`);
    await (await daemon.get()).until(/sync finished/);
    const records = await home().history();
    expect(records.at(-1)).toMatchObject({ trigger: "repository", result: "applied" });
    expect(records.at(-1)?.revision).toBe(await home().repo.git("rev-parse", "HEAD"));
  });

  test("refuses a second daemon and leaves the first alone", async () => {
    const second = await home().lab.quadgate(["daemon"]);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/another daemon \(process \d+\)/);
    expect(await home().sh("quadgate notify")).toBe("The daemon looks again.");
    await (await daemon.get()).until(/sync finished/);
  });

  test("can be killed at any time: its successor is not obstructed by a lock or a socket", async () => {
    expect(await (await daemon.get()).end("SIGKILL")).toBe(137);
    expect(await home().lab.exists(SOCKET)).toBe(true);
    expect(await home().lab.quadgate(["notify"])).toMatchObject({
      exitCode: 1,
      stdout: "No daemon is running.",
    });
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
    await daemon.restart();
    expect(await home().sh("quadgate notify")).toBe("The daemon looks again.");
  });
});

// git's own daemon stands for a forge on another machine: there is no folder to watch.
const remote = { files: HOMELAB, settings: SETTINGS, repository: () => "git://127.0.0.1/homelab.git" };

describeHomelab("the daemon far from the repository", remote, (home) => {
  const daemon = withDaemon(home);

  test("is notified of a push by the hook that quadgate installs in the repository", async () => {
    const { lab, repo } = home();
    lab.spawn(["git", "daemon", "--export-all", "--base-path=/home/homelab/git", "--listen=127.0.0.1"]);
    await home().sh("until git ls-remote git://127.0.0.1/homelab.git >/dev/null 2>&1; do sleep 0.05; done");
    await lab.write(`${repo.url}/hooks/post-receive`, "#!/bin/sh\ncat >/tmp/refs\n", { mode: "0755" });
    expect(await lab.quadgate(["hook", "install", repo.url])).toMatchObject({ exitCode: 0 });
    const running = await daemon.get();
    await repo.commit({ "desired-state/second.yaml": web("", "second") }, "Add second");
    const milliseconds = await pushToHealthy(home(), "second");
    process.stderr.write(`push to healthy, by hook: ${milliseconds} ms\n`);
    await running.until(/sync finished/);
    expect(await triggersOf(home())).toEqual(["start", "push"]);
    expect(await lab.read("/tmp/refs")).toMatch(/refs\/heads\/main/);
    await lab.exec(["rm", `${repo.url}/hooks/post-receive`]);
  });

  test("is notified by a signed webhook, and by no other", async () => {
    const running = await daemon.get();
    await home().repo.commitAndPush({ "desired-state/second.yaml": null }, "Remove second");
    const post = (secret: string) =>
      home().sh(`
        body='{"anything": "at all"}'
        signature=$(printf %s "$body" | openssl dgst -sha256 -hmac '${secret}' | sed 's/.* //')
        curl -s -o /dev/null -w '%{http_code}' -d "$body" -H "X-Hub-Signature-256: sha256=$signature" \\
          http://127.0.0.1:9797/hooks/generic`);
    const before = await triggersOf(home());
    expect(await post("another secret of some length")).toBe("401");
    expect(await triggersOf(home())).toEqual(before);
    expect(await home().podman("ps", "--format", "{{.Names}}")).toContain("second");

    expect(await post(SECRET)).toBe("202");
    await running.until(/sync finished/);
    expect(await triggersOf(home())).toEqual([...before, "webhook"]);
    expect(await home().podman("ps", "--format", "{{.Names}}")).not.toContain("second");
    expect(running.log()).not.toContain(SECRET);
  });

  test("turns all triggers during a sync into one more sync", async () => {
    const running = await daemon.get();
    const before = (await home().history()).length;
    // A hook holds the lock, so that there is time.
    const slow = cache("memory: 500M\nhooks: { beforeUpdate: [touch /tmp/begun; sleep 6] }\n");
    await home().repo.commitAndPush({ "desired-state/cache.yaml": slow }, "Back the cache up");
    await home().sh("quadgate notify --trigger first");
    await home().sh(`until podman exec cache test -e /tmp/begun; do sleep 0.05; done
      for name in second third second fourth; do quadgate notify --trigger $name & done; wait`);
    await running.until(/sync finished/, 2);
    // The second may end first: it begins as soon as the first has nothing to do but watch.
    const records = (await home().history()).slice(before).toSorted(byStart);
    expect(records.map(({ trigger, result, count }) => [trigger.split("+").sort(), result, count])).toEqual([
      [["first"], "applied", 1],
      [["fourth", "second", "third"], "in-sync", 1],
    ]);
  });

  test("ends on SIGTERM after the current step, and finishes the work when it runs again", async () => {
    const running = await daemon.get();
    const files = {
      "desired-state/cache.yaml": cache("memory: 600M\nhealth: { cmd: sleep 2 }\n"),
      "desired-state/web.yaml": web("dependsOn: [cache]\nmemory: 1G\n"),
    };
    await home().repo.commitAndPush(files, "Slow the cache down, let web wait for it");
    const old = await home().identity("web");
    await home().sh(`quadgate notify
      until systemctl --user is-active cache.service | grep -q activating; do sleep 0.05; done`);
    expect(await running.end("SIGTERM")).toBe(0);
    expect(running.log()).toMatch(/daemon stopped/);
    expect(await home().systemctl("is-active", "cache.service")).toBe("active");
    expect(await home().identity("web")).toBe(old);
    expect(await home().lab.exists(SOCKET)).toBe(false);

    await daemon.restart();
    expect((await home().history()).at(-1)).toMatchObject({ trigger: "start", result: "applied" });
    expect(await home().identity("web")).not.toBe(old);
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });
});
