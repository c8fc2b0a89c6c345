import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Daemon, pushToHealthy, startDaemon } from "../support/flow-daemon.ts";
import { describeHomelab, type Homelab, type SyncDocument, workOf } from "../support/flow-homelab.ts";
import { container, desired, namesOn, runningOn, whyOf } from "../support/flow-left-alone.ts";
import { cache, web } from "../support/flow-manifests.ts";

const OLD = "quadgate-0.1.0-06f4c5c.tar.gz";
/** Where a person has quadgate; the update puts the new version into the same place. */
const INSTALLED = "/home/homelab/quadgate";

const settings = (score: number) =>
  `health: { command: [echo, '{"health_score": ${score}}'] }
verify: { timeout: 6s }
daemon: { poll: "0 0 1 1 *" }
`;

const FILES = {
  "files/greeting.txt": "Hello\n",
  "desired-state/web.yaml": web("files: [{ from: files/greeting.txt, to: ~/web/greeting.txt }]\n"),
  "desired-state/photos.yaml": `services:
  cache: { pattern: cache-service, image: "docker.io/library/redis:7-alpine" }
  server:
    pattern: reverse-proxy-backend
    image: docker.io/jellyfin/jellyfin:10.10.7
    hostname: photos.example.org
    port: 8096
    dependsOn: [cache]
`,
  "desired-state/pages.yaml": cache(),
  ...desired({
    "app.pod": "[Pod]\n",
    "app-web.container": container("app-web", "Pod=app.pod\n"),
    "app-worker.container": container("app-worker", "Pod=app.pod\n"),
    "site.network": "[Network]\n",
    "site.volume": "[Volume]\n",
    "site.container": container("site", "Network=site.network\nVolume=site.volume:/data\n"),
    "site.container.d/limits.conf": "[Service]\nMemoryMax=64M\n",
  }),
};

const NAMES = [
  "app-web",
  "app-worker",
  "pages",
  "photos-cache",
  "photos-server",
  "site",
  "systemd-app-infra",
  "web",
];

/** What `status` prints, as far as it matters here. */
interface Status {
  readonly held: object | null;
  readonly failed: object;
  readonly suspended: unknown;
  readonly units: readonly { readonly unit: string; readonly active: string }[];
}

/** What the old version leaves behind: all kinds of state at once. */
async function useOldVersion(home: Homelab): Promise<void> {
  const old = async (exitCode: number, ...args: string[]) => {
    const argv = [`${INSTALLED}/dist/quadgate.js`, ...args];
    const { all, ...result } = await home.lab.exec(argv, { reject: false });
    expect(result.exitCode, `the old quadgate ${args.join(" ")}: ${all}`).toBe(exitCode);
  };
  await old(0, "reconcile", "--yes");
  await old(0, "hook", "install", home.repo.url);
  await old(0, "suspend", "pages", "--reason", "counting them");
  const bad = web("environment: { UNHEALTHY: '1' }\n");
  const changed = { "desired-state/web.yaml": bad, "desired-state/pages.yaml": cache("memory: 300M\n") };
  await home.repo.commitAndPush(changed, "Break web, and change what is suspended");
  await old(4, "reconcile", "--yes");
  await home.configure(settings(80));
  await home.repo.commitAndPush({ "desired-state/late.volume": "[Volume]\n" }, "Add a volume");
  await old(3, "reconcile");
  await home.configure(settings(100));
}

// git's own daemon stands for a forge on another machine, so that a push is seen by the hook alone.
const options = { files: FILES, settings: settings(100), repository: () => "git://127.0.0.1/homelab.git" };

describeHomelab("an update from version 0.1.0 at 06f4c5c", options, (home) => {
  let before: readonly string[] = [];
  let daemon: Daemon | undefined;
  beforeAll(async () => {
    const { lab } = home();
    lab.spawn(["git", "daemon", "--export-all", "--base-path=/home/homelab/git", "--listen=127.0.0.1"]);
    await lab.write("/tmp/old.tar.gz", readFileSync(join(import.meta.dirname, "../fixtures", OLD)));
    await home().sh(`
      until git ls-remote git://127.0.0.1/homelab.git >/dev/null 2>&1; do sleep 0.05; done
      tar -C ~ -xzf /tmp/old.tar.gz`);
    await useOldVersion(home());
    before = await runningOn(home());
    expect(await namesOn(home())).toEqual(NAMES);
    await home().sh(`rm -r ${INSTALLED} && mkdir ${INSTALLED} && cp -r /opt/quadgate/. ${INSTALLED}`);
  });
  afterAll(async () => {
    await daemon?.end("SIGKILL");
  });

  const expectLeft = (document: SyncDocument) => {
    expect(whyOf(document, "web.container")).toEqual(["failed-before"]);
    expect(whyOf(document, "pages.container")).toEqual(["instance-suspended"]);
  };

  test("plans only what the old version held, and remembers what failed and what is suspended", async () => {
    const { document } = await home().ask("plan");
    expect(workOf(document)).toEqual(["create late.volume"]);
    expectLeft(document);
  });

  test("finds no drift in what the old version deployed", async () => {
    const { exitCode, document } = await home().ask<{ summary: object }>("drift");
    expect({ exitCode, summary: document.summary }).toMatchObject({ exitCode: 0, summary: { drift: 0 } });
  });

  test("shows inventory, history, the held plan and the suspension of the old version", async () => {
    const { document } = await home().ask<Status>("status");
    expect(document.held).not.toBeNull();
    expect(Object.keys(document.failed)).toEqual(["web"]);
    expect(JSON.stringify(document.suspended)).toContain("counting them");
    const active = document.units.filter((unit) => unit.active === "active").map(({ unit }) => unit);
    expect(active).toEqual(expect.arrayContaining(["app.pod", "app-worker.container", "site.network"]));
    const results = (await home().history()).map(({ result }) => result);
    expect(results).toEqual(["applied", "rolled-back", "held"]);
  });

  test("applies the held plan and restarts no container", async () => {
    const { document, stderr } = await home().ask("reconcile", "--yes");
    expect(document.result, stderr).toBe("applied");
    expect(document.outcomes).toMatchObject([{ unit: "late.volume", outcome: "created" }]);
    const next = await home().ask("reconcile", "--yes");
    expect({ exitCode: next.exitCode, outcomes: next.document.outcomes }).toEqual({
      exitCode: 4,
      outcomes: [],
    });
    expectLeft(next.document);
    expect(await runningOn(home())).toEqual(before);
  });

  test("accepts the hook that the old version installed in the repository", async () => {
    daemon = await startDaemon(home());
    expect(await home().lab.read(`${home().repo.url}/hooks/post-receive`)).toContain(
      `'${INSTALLED}/dist/quadgate.js' notify --trigger push`,
    );
    await home().repo.commit({ "desired-state/second.yaml": web("", "second") }, "Add second");
    await pushToHealthy(home(), "second");
    await daemon.until(/sync finished/);
    expect((await home().history()).at(-1)).toMatchObject({ trigger: "push", result: "applied" });
    const kept = await runningOn(home());
    expect(kept.filter((line) => before.includes(line))).toEqual(before);
  });
});
