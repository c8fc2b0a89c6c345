import { expect, it } from "vitest";
import { restartsService } from "../../../src/model/plan.ts";
import type { SyncReport } from "../../../src/sync/reconcile.ts";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const RAW = "[Container]\nImage=docker.io/library/web:1\n";
const NET = "[Network]\nSubnet=10.99.0.0/24\n";
const web = (more = "") => `pattern: reverse-proxy-backend
image: docker.io/library/web:1
hostname: web.example.org
port: 80
health: { cmd: "check", interval: 1h }
hooks: { beforeUpdate: [dump] }
${more}`;
const described = (text: string) => web(`quadlet: { Unit: { Description: "${text}" } }\n`);

describeFakeHost("a change of comments and descriptions alone", () => {
  const homelab = fakeHomelab();
  const fileOf = (name: string) => homelab.world.files.files.get(pathOf(homelab.world, name))?.content;
  const ids = () => homelab.world.contents.containers.map(({ name, id }) => `${name} ${id}`).sort();
  const told = ({ plan, result }: SyncReport) => ({
    result,
    changes: plan.changes.flatMap(({ unit, action, reasons }) =>
      action === "none" ? [] : [`${action} ${unit}: ${reasons.map(({ code }) => code).join(" ")}`],
    ),
  });
  const deploy = async (files: Readonly<Record<string, string>>) => {
    homelab.commit(files);
    return homelab.sync();
  };

  /** Syncs a second commit, expects that nothing restarts, and that the third sync has nothing to do. */
  const expectReload = async (
    first: Readonly<Record<string, string>>,
    second: Readonly<Record<string, string>>,
    changes: readonly string[],
  ) => {
    expect(told(await deploy(first)).result).toMatch(/^(applied|in-sync)$/);
    const before = ids();
    const quadgate = homelab.quadgate();
    homelab.commit(second);
    const report = await quadgate.sync();
    expect(told(report)).toEqual({ result: "applied", changes });
    expect(report.outcomes.map(({ outcome }) => outcome)).not.toContain("restarted");
    expect(report.verdict.risk.terms).toEqual([]);
    expect(ids()).toEqual(before);
    expect(quadgate.connection.effects.filter((one) => /restart|start|stop/.test(one))).toEqual([]);
    expect(quadgate.connection.effects).toContain("systemd.daemonReload");
    const next = await homelab.sync();
    expect({ ...told(next), drift: next.plan.changes.flatMap(({ diff }) => diff) }).toEqual({
      result: "in-sync",
      changes: [],
      drift: [],
    });
    expect(ids()).toEqual(before);
  };

  it("is written and reloaded, and restarts no container and no network", async () => {
    await expectReload(
      { "desired-state/raw.container": RAW, "desired-state/net.network": NET },
      {
        "desired-state/raw.container": `# Why it is here\n${RAW}[X-Quadgate]\nOnDrift=heal\n`,
        "desired-state/net.network": `[Unit]\nDescription=Mine\n${NET}`,
      },
      ["update net.network: comment-changed", "update raw.container: comment-changed"],
    );
    expect(fileOf("raw.container")).toContain("# Why it is here");
  });

  it("runs no hook, and shows what changes", async () => {
    await expectReload(
      { "desired-state/web.yaml": described("One") },
      { "desired-state/web.yaml": described("Two") },
      ["update web.container: comment-changed"],
    );
    expect(homelab.world.executed).toEqual([]);
    expect(fileOf("web.container")).toContain("Description=Two");
  });

  it("in a drop-in that comes, changes or goes leaves its unit alone", async () => {
    const raw = { "desired-state/raw.container": RAW };
    const note = (text: string) => ({ ...raw, "desired-state/raw.container.d/note.conf": text });
    await expectReload(raw, note("# one\n"), ["create raw.container.d/note.conf: unit-new"]);
    await expectReload(note("# one\n"), note("[X-A]\nb=c\n"), [
      "update raw.container.d/note.conf: comment-changed",
    ]);
  });

  it("does not keep a restart back that has another cause", async () => {
    await deploy({ "desired-state/raw.container": RAW });
    const before = ids();
    await homelab.host.systemd.stop("raw.service");
    const report = await deploy({ "desired-state/raw.container": `# a\n${RAW}` });
    expect(told(report)).toEqual({
      result: "applied",
      changes: ["update raw.container: comment-changed service-inactive"],
    });
    expect(report.plan.changes.filter(restartsService)).toHaveLength(1);
    expect(ids()).toHaveLength(1);
    expect(ids()).not.toEqual(before);
  });

  it("leaves a service down that an unattended sync may not start", async () => {
    await deploy({ "desired-state/raw.container": RAW });
    await homelab.host.systemd.stop("raw.service");
    homelab.commit({ "desired-state/raw.container": `# a\n${RAW}` });
    const report = await homelab.sync({ attended: false });
    expect(report.result).toBe("applied");
    expect(ids()).toEqual([]);
    expect(fileOf("raw.container")).toContain("# a");
  });

  it("undone by hand in the file is put right without a restart", async () => {
    await deploy({ "desired-state/raw.container": RAW });
    const before = ids();
    homelab.world.files.put(pathOf(homelab.world, "raw.container"), `# mine\n${RAW}`);
    expect(told(await homelab.sync()).changes).toEqual(["update raw.container: file-edited"]);
    expect([ids(), fileOf("raw.container")]).toEqual([before, RAW]);
  });

  it("is finished without a restart if it is interrupted at any point", async () => {
    for (let at = 1; at <= 12; at += 1) {
      await deploy({ "desired-state/raw.container": RAW });
      const before = ids();
      homelab.commit({ "desired-state/raw.container": `# ${at}\n[Unit]\nDescription=${at}\n${RAW}` });
      const dying = homelab.quadgate({ faults: { fault: "dies", at, among: "effects" } });
      await dying.sync().catch(() => undefined);
      await homelab.sync({ attended: false });
      expect({ at, ids: ids() }).toEqual({ at, ids: before });
      expect(fileOf("raw.container")).toContain(`# ${at}\n`);
      expect(told(await homelab.sync()).changes).toEqual([]);
    }
  });

  it("does not make quadgate try again what failed", async () => {
    await deploy({ "desired-state/raw.container": RAW });
    homelab.world.contents.behaviours.set("docker.io/library/web:sick", { kind: "unhealthy" });
    const sick = `${RAW.replace("web:1", "web:sick")}HealthCmd=check\nNotify=healthy\n`;
    expect((await deploy({ "desired-state/raw.container": sick })).result).toBe("rolled-back");
    const again = await deploy({ "desired-state/raw.container": `# Please\n${sick}` });
    expect(again.plan.leftAlone.get("raw")?.code).toBe("failed-before");
  });
});
