import { beforeEach, expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { quadgate } from "../../support/fake-host/homelab.ts";
import type { FaultOptions } from "../../support/fake-host/index.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\n${more}HealthCmd=check\nNotify=healthy\n`;
const web = (image: string, more?: string) => ({ "desired-state/web.container": container(image, more) });
const SECRET = "Secret=key\n";

describeFakeHost("an instance that was not fully put back", () => {
  const homelab = fakeHomelab();
  const image = () => homelab.world.containerNamed("systemd-web")?.inspect.ImageName;
  const file = () => homelab.world.files.read(pathOf(homelab.world, "web.container"));
  const pending = async () =>
    Object.entries((await homelab.inventory()).units).flatMap(([name, unit]) => (unit.pending ? [name] : []));
  const unattended = (faults?: FaultOptions) =>
    homelab.quadgate(faults ? { faults } : {}).sync({ attended: false });

  beforeEach(() => {
    homelab.world.contents.behaviours.set("docker.io/library/web:sick", { kind: "unhealthy" });
    homelab.world.contents.secrets.add("key");
  });

  /** The secret of the units in force goes, and a commit that does without it does not become healthy. */
  async function fail() {
    homelab.commit(web("web:1", SECRET));
    await homelab.sync();
    homelab.world.contents.secrets.delete("key");
    homelab.commit(web("web:sick"));
    return unattended();
  }

  it("is a failure that names what prevents the old units from starting", async () => {
    const report = await fail();
    expect(report.result).toBe("failed");
    const [outcome] = report.record.outcomes;
    expect(outcome?.message).toContain('could not be put back: there is no podman secret "key"');
    expect(await pending()).toEqual(["web.container"]);
  });

  it("stays a failure for as long as that lasts, and every command says so", async () => {
    const { record } = await fail();
    const again = await unattended();
    expect(again.result).toBe("failed");
    expect(again.outcomes).toEqual([]);
    expect(again.record.appliedRevision).toBe(record.appliedRevision);
    const { exitCode, stdout, stderr } = await run(homelab.world, homelab, "reconcile");
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^ {2}web: .*is put back to what was in force before/m);
    expect(stdout).toContain("Still failed: web;");
    expect(stderr).toContain('there is no podman secret "key"');
    const drift = await run(homelab.world, homelab, "drift");
    expect(drift.exitCode).toBe(2);
    expect(drift.stdout).toMatch(/a desired state that failed; what was in force before is not back yet/);
    expect((await run(homelab.world, homelab, "status")).stdout).toMatch(/^Failed: web .*not back yet/m);
  });

  it("is put back by the next sync that can do so, and what failed is not retried", async () => {
    const { record } = await fail();
    homelab.world.contents.secrets.add("key");
    const planned = await run(homelab.world, homelab, "plan");
    expect(planned.exitCode).toBe(2);
    expect(planned.stdout).toMatch(/update +web\.container\n.*\[rollback-unfinished\]/);
    const finished = await unattended();
    expect(finished.result).toBe("rolled-back");
    expect(finished.outcomes).toMatchObject([{ unit: "web.container", outcome: "updated" }]);
    expect(finished.record.appliedRevision).toBe(record.appliedRevision);
    expect([image(), await file()]).toEqual(["docker.io/library/web:1", container("web:1", SECRET)]);
    expect((await homelab.inventory()).units["web.container"]).toMatchObject({
      revision: record.appliedRevision,
    });
    expect(await pending()).toEqual([]);
    const later = await unattended();
    expect([later.result, later.outcomes]).toEqual(["rolled-back", []]);
    expect(later.plan.leftAlone.get("web")?.code).toBe("failed-before");
  });

  it("gives way to a new commit, and to a person who wants to retry", async () => {
    await fail();
    homelab.world.contents.behaviours.clear();
    expect((await homelab.sync({ only: new Set(["web"]) })).result).toBe("applied");
    expect(image()).toBe("docker.io/library/web:sick");
    homelab.world.contents.behaviours.set("docker.io/library/web:2", { kind: "unhealthy" });
    homelab.commit(web("web:2"));
    await homelab.sync();
    homelab.commit(web("web:3"));
    expect((await unattended()).result).toBe("applied");
    expect(image()).toBe("docker.io/library/web:3");
    expect((await homelab.inventory()).failed).toEqual({});
  });

  it("is a failure if the old units do not become healthy either, and the next sync tries again", async () => {
    homelab.commit(web("web:1"));
    await homelab.sync();
    homelab.world.contents.behaviours.set("docker.io/library/web:1", { kind: "unhealthy" });
    homelab.commit(web("web:sick"));
    const report = await unattended();
    expect(report.result).toBe("failed");
    expect(report.outcomes[0]?.message).toContain("could not be put back: web.container: ");
    expect((await unattended()).result).toBe("failed");
    homelab.world.contents.behaviours.delete("docker.io/library/web:1");
    expect((await unattended()).result).toBe("rolled-back");
    expect(image()).toBe("docker.io/library/web:1");
  });

  it("is put back after a kill at any call, with the network that the same commit gave up", async () => {
    const network = { "desired-state/own.network": "[Network]\nSubnet=10.9.0.0/24\n" };
    homelab.commit({ ...network, ...web("web:1", "Network=own.network\n") });
    await homelab.sync();
    await homelab.world.idle();
    const start = homelab.world;
    homelab.commit(web("web:sick"));
    const whole = quadgate(start.fork(), homelab.repository);
    await whole.sync({ attended: false });
    const { effects } = whole.connection;
    const first = effects.findIndex((effect) => effect.includes("inventory")) + 1;
    expect(effects.length - first).toBeGreaterThan(10);
    for (let at = first; at <= effects.length; at += 1) {
      homelab.world = start.fork();
      const where = `dies at ${at}, ${effects[at - 1]}`;
      await unattended({ fault: "dies", at, among: "effects" }).catch(() => undefined);
      const next = await unattended();
      expect({ where, result: next.result }).toEqual({ where, result: "rolled-back" });
      await homelab.world.idle();
      expect({ where, image: image() }).toEqual({ where, image: "docker.io/library/web:1" });
      expect({ where, pending: await pending() }).toEqual({ where, pending: [] });
      expect({ where, network: homelab.world.contents.networks.has("systemd-own") }).toEqual({
        where,
        network: true,
      });
    }
  });

  it("leaves the services of other instances as they are", async () => {
    const db = (version: number) => ({ "desired-state/db.container": container(`db:${version}`) });
    await fail();
    homelab.commit({ ...web("web:sick"), ...db(1) });
    expect((await unattended()).result).toBe("applied");
    const before = homelab.world.containerNamed("systemd-db")?.id;
    homelab.world.contents.secrets.add("key");
    expect((await unattended()).outcomes.map(({ unit }) => unit)).toEqual(["web.container"]);
    expect(homelab.world.containerNamed("systemd-db")?.id).toBe(before);
  });
});
