import { describe, expect, it } from "vitest";
import { spanMs } from "../../../src/model/record.ts";
import { correlate } from "../../../src/state/index.ts";
import { reconcile } from "../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n${more}`;
const HOMELAB = {
  "desired-state/networks.yaml": "n: { subnet: 10.1.1.0/24 }\n",
  "desired-state/db.container": container("db:1", "Network=n.network\n"),
  "desired-state/web.container": `[Unit]\nRequires=db.service\nAfter=db.service\n${container("web:1")}`,
};

describeFakeHost("the apply step", () => {
  const homelab = fakeHomelab();

  /** The effects of a sync on systemd, podman and the unit directory, and where the inventory is written. */
  async function effectsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
    homelab.commit(files);
    const process = homelab.quadgate();
    await process.sync({ allowPrune: true });
    const { stateDir, unitDir } = homelab.world.facts;
    return (
      process.connection.effects
        .filter((effect) => !/healthcheck|resetFailed|^(lock|git)\.|^podman\.(un)?tag /.test(effect))
        .filter((effect) => !effect.includes(stateDir) || effect.endsWith("inventory.json"))
        .map((effect) => effect.replace(`${unitDir}/`, "").replace(`${stateDir}/`, ""))
        // What is learnt while the services settle is written down bit by bit.
        .filter((effect, index, all) => effect !== all[index - 1] || effect === "podman.bringImage")
    );
  }

  it("notes what begins, writes, reloads once and starts in order, and notes what is done", async () => {
    expect(await effectsOf(HOMELAB)).toEqual([
      "podman.bringImage",
      "podman.bringImage",
      "files.write inventory.json",
      "files.write n.network",
      "files.write db.container",
      "files.write web.container",
      "systemd.daemonReload",
      "systemd.restart n-network.service",
      "systemd.restart db.service",
      "systemd.restart web.service",
      "files.write inventory.json",
    ]);
  });

  it("starts at most sixteen services at once", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    homelab.commit(
      Object.fromEntries(names.map((name) => [`desired-state/${name}.container`, container(`${name}:1`)])),
    );
    const process = homelab.quadgate();
    const { systemd } = process.connection.host;
    let running = 0;
    let most = 0;
    const counted = {
      ...systemd,
      restart: async (service: string, timeoutMs: number) => {
        running += 1;
        most = Math.max(most, running);
        await systemd.restart(service, timeoutMs);
        running -= 1;
      },
    };
    const context = { ...process.context, host: { ...process.context.host, systemd: counted } };
    const { result, outcomes } = await reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0 });
    expect([result, outcomes.length, most]).toEqual(["applied", 40, 16]);
  });

  it("shows why a service did not start, without the secrets that it wrote", async () => {
    homelab.commit({ "desired-state/web.container": container("web:1") });
    const process = homelab.quadgate();
    const { systemd } = process.connection.host;
    const last = [
      "Starting web.service...",
      ">>> 'token=hunter2'",
      "web.service: Main process exited, code=exited, status=125/n/a",
      `Error: cannot make it with API_KEY=hunter2 for secret "web-key": no such secret`,
    ];
    const failing = {
      ...systemd,
      restart: async (service: string, timeoutMs: number) => {
        await systemd.restart(service, timeoutMs);
        throw new Error("the job failed");
      },
      journal: async () => ["of the start before", ...last].join("\n"),
    };
    const context = { ...process.context, host: { ...process.context.host, systemd: failing } };
    const { outcomes } = await reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0 });
    const shown = process.events.flatMap((event) => (event.type === "journal" ? event.lines : []));
    expect(shown.slice(0, 3)).toEqual([last[0], ">>> token=(hidden)", last[2]]);
    expect(outcomes[0]?.message).toContain("API_KEY=(hidden) for secret web-key: no such secret");
    expect(JSON.stringify([shown, outcomes])).not.toContain("hunter2");
  });

  it("does not report a health check or an earlier start if systemd has started nothing", async () => {
    homelab.commit({ "desired-state/web.container": container("web:1") });
    await homelab.sync();
    homelab.commit({ "desired-state/web.container": container("web:2") });
    const process = homelab.quadgate();
    const refusing = {
      ...process.connection.host.systemd,
      restart: async () => {
        throw new Error("Unit web.service is masked.");
      },
      journal: async () => "Starting web.service...\nStarted web.service.",
    };
    const context = { ...process.context, host: { ...process.context.host, systemd: refusing } };
    const { outcomes } = await reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0 });
    expect(outcomes[0]?.message).toMatch(/^Unit web\.service is masked\.;/);
    expect(outcomes[0]?.message).not.toContain("health check");
    expect(process.events.filter(({ type }) => type === "journal")).toEqual([]);
  });

  it("never reports a negative duration if the clock is set back meanwhile", async () => {
    homelab.commit(HOMELAB);
    const process = homelab.quadgate();
    const { systemd } = process.connection.host;
    const turning = {
      ...systemd,
      restart: async (service: string, timeoutMs: number) => {
        await systemd.restart(service, timeoutMs);
        homelab.world.clock.turn(-3_600_000);
      },
    };
    const context = { ...process.context, host: { ...process.context.host, systemd: turning } };
    const { outcomes, record } = await reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0 });
    const steps = process.events.flatMap((event) => (event.type === "step-finished" ? event.durationMs : []));
    expect(outcomes.length).toBe(3);
    expect([...outcomes.map(({ durationMs }) => durationMs), ...steps].filter((ms) => ms < 0)).toEqual([]);
    expect(Date.parse(record.finishedAt)).toBeLessThan(Date.parse(record.startedAt));
    expect(spanMs(record.startedAt, record.finishedAt)).toBe(0);
    expect(correlate([record]).bands[0]?.duration).toEqual({ median: 0, p90: 0 });
  });

  it("shows what a failed hook wrote, masked and shortened, and stores none of it", async () => {
    const manifest = (image: string) => ({
      "desired-state/web.yaml": `pattern: reverse-proxy-backend\nimage: docker.io/library/${image}
hostname: web.example.org\nport: 80\nhealth: { cmd: "check" }\nhooks: { beforeUpdate: [dump] }\n`,
    });
    homelab.commit(manifest("web:1"));
    await homelab.sync();
    homelab.commit(manifest("web:2"));
    const process = homelab.quadgate();
    const stderr = ["first", ..."x".repeat(28), `token=hunter2 ${"y".repeat(1_000)}`, "the end"].join("\n");
    const exec = async () => ({ exitCode: 1, stdout: "", stderr, timedOut: false });
    const { host } = process.context;
    const context = { ...process.context, host: { ...host, podman: { ...host.podman, exec } } };
    const report = await reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0 });
    const [shown] = process.events.flatMap((event) => (event.type === "journal" ? [event.lines] : []));
    expect([shown?.length, shown?.[0], shown?.at(-1)]).toEqual([30, "x", "the end"]);
    expect(shown?.at(-2)).toMatch(/^token=\(hidden\) y+$/);
    expect(shown?.at(-2)).toHaveLength(500);
    const container = report.outcomes.find(({ unit }) => unit === "web.container");
    expect(container?.message).toMatch(/^hooks\.beforeUpdate failed \(exit status 1\)(;|$)/);
    expect(JSON.stringify([process.events, report.record])).not.toContain("hunter2");
  });

  it("looks again if a container is gone whose service systemd still calls active", async () => {
    homelab.commit({ "desired-state/web.container": `${container("web:1")}[X-Quadgate]\nEnds=yes\n` });
    const process = homelab.quadgate();
    const { host } = process.context;
    let isHidden = false;
    const containers = async () => {
      const found = await host.podman.containers();
      if (isHidden || found.length === 0) return found;
      isHidden = true;
      return [];
    };
    const podman = { ...host.podman, containers };
    const context = { ...process.context, host: { ...host, podman, within: () => ({ ...host, podman }) } };
    const report = await reconcile(context, { trigger: "test", attended: true, lockWaitMs: 0 });
    expect([isHidden, report.result, report.outcomes.map(({ outcome }) => outcome)]).toEqual([
      true,
      "applied",
      ["created"],
    ]);
  });

  it("stops deleted services in reverse order while systemd still knows how to stop them", async () => {
    await effectsOf(HOMELAB);
    const effects = await effectsOf({ "desired-state/x.volume": "[Volume]\n" });
    expect(effects.filter((effect) => !effect.startsWith("files.write"))).toEqual([
      "systemd.stop web.service",
      "podman.removeContainer systemd-web",
      "systemd.stop db.service",
      "podman.removeContainer systemd-db",
      "systemd.stop n-network.service",
      "podman.removeNetwork systemd-n",
      "files.remove n.network",
      "files.remove db.container",
      "files.remove web.container",
      "systemd.daemonReload",
      "systemd.restart x-volume.service",
    ]);
  });

  describe("what a service that systemd has forgotten left behind", () => {
    /** systemd no longer knows web.service, and git no longer wants it. */
    async function forget() {
      homelab.commit(HOMELAB);
      await homelab.sync();
      homelab.world.files.files.delete(`${homelab.world.facts.unitDir}/web.container`);
      await homelab.quadgate().connection.host.systemd.daemonReload();
      const { "desired-state/web.container": _, ...rest } = HOMELAB;
      homelab.commit(rest);
    }
    const web = () => homelab.world.contents.containers.find(({ service }) => service === "web.service");

    it("is removed by its pod if it is the container that holds one", async () => {
      await forget();
      Object.assign(web()?.inspect ?? {}, { IsInfra: true, Pod: "a-pod" });
      const process = homelab.quadgate();
      expect(await process.sync({ allowPrune: true })).toMatchObject({ result: "applied" });
      expect(process.connection.effects).toContain("podman.removePod a-pod");
      expect(web()).toBeUndefined();
    });

    it("keeps its own unit from being finished if podman refuses, and no other", async () => {
      await forget();
      Object.assign(web()?.inspect ?? {}, { IsInfra: true });
      homelab.commit({ "desired-state/new.container": container("new:1") });
      const first = await homelab.sync({ allowPrune: true });
      expect(first.outcomes.map(({ unit, outcome }) => `${outcome} ${unit}`).sort()).toEqual([
        "created new.container",
        "deleted db.container",
        "deleted n.network",
        "skipped web.container",
      ]);
      expect(first.outcomes.find(({ unit }) => unit === "web.container")?.message).toContain(
        "infra container",
      );
      Object.assign(web()?.inspect ?? {}, { IsInfra: false });
      const second = await homelab.sync({ allowPrune: true });
      expect(second.outcomes).toEqual([
        expect.objectContaining({ unit: "web.container", outcome: "deleted" }),
      ]);
      expect(web()).toBeUndefined();
    });
  });

  it("removes every container from a network before it replaces the network", async () => {
    await effectsOf(HOMELAB);
    const effects = await effectsOf({
      ...HOMELAB,
      "desired-state/networks.yaml": "n: { subnet: 10.1.2.0/24 }\n",
    });
    expect(effects.filter((effect) => !effect.startsWith("files."))).toEqual([
      "systemd.stop db.service",
      "podman.removeContainer systemd-db",
      "systemd.stop n-network.service",
      "podman.removeNetwork systemd-n",
      "systemd.daemonReload",
      "systemd.restart n-network.service",
      "systemd.restart db.service",
      "systemd.restart web.service",
    ]);
  });

  it("neither reloads nor starts anything for a file that does not concern systemd", async () => {
    const web = (hostname: string) => ({
      "desired-state/web.yaml": `pattern: reverse-proxy-backend\nimage: docker.io/library/web:1\nhostname: ${hostname}\nport: 80\n`,
    });
    await effectsOf(web("a.example.org"));
    const route = `${homelab.world.facts.home}/containers/config/traefik/dynamic/web.yml`;
    expect(await effectsOf(web("b.example.org"))).toEqual([
      "files.write inventory.json",
      `files.write ${route}`,
      "files.write inventory.json",
    ]);
  });

  it("does not start what waits for a service that failed, and names that service", async () => {
    homelab.world.contents.behaviours.set("db.service", { kind: "exits" });
    homelab.commit(HOMELAB);
    const { outcomes } = await homelab.sync();
    const found = outcomes.map(({ unit, outcome, message }) => [unit, outcome, message?.split(":")[0]]);
    expect(found).toEqual([
      ["n.network", "created", undefined],
      ["db.container", "failed", "systemctl restart db.service"],
      ["web.container", "skipped", "waits for db.service, which failed"],
    ]);
  });

  it("runs the health check of a starting container itself, without waiting for podman's timer", async () => {
    homelab.commit({ "desired-state/web.container": container("web:1", "HealthInterval=1h\n") });
    const { outcomes } = await homelab.sync();
    expect(outcomes[0]).toMatchObject({ outcome: "created" });
    expect(outcomes[0]?.durationMs).toBeLessThan(3_000);
  });

  it("leaves the health check to podman if a failed check has consequences", async () => {
    const more = "HealthInterval=2s\nHealthOnFailure=kill\n";
    homelab.commit({ "desired-state/web.container": container("web:1", more) });
    const process = homelab.quadgate();
    const { result } = await process.sync();
    expect(result).toBe("applied");
    expect(process.connection.effects.filter((effect) => effect.includes("healthcheck"))).toEqual([]);
  });
});
