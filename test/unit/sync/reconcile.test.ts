import { beforeEach, expect, it } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import { textKey } from "../../../src/model/unit.ts";
import { openState } from "../../../src/state/index.ts";
import { run } from "../../support/cli.ts";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import type { sync } from "../../support/fake-host/homelab.ts";
import { connect } from "../../support/fake-host/index.ts";

const container = (image: string, more = "") =>
  `[Container]\nImage=docker.io/library/${image}\n${more}HealthCmd=check\nNotify=healthy\n`;
const web = (more = "", image = "web:1") => `pattern: reverse-proxy-backend
image: docker.io/library/${image}
hostname: web.example.org
port: 80
networks: [shared]
health: { cmd: "check", interval: 1h }
${more}`;
const shared = (subnet: string) => ({ "desired-state/networks.yaml": `shared: { subnet: ${subnet} }\n` });

describeFakeHost("a sync", () => {
  const homelab = fakeHomelab();
  const commit = (files: Readonly<Record<string, string>>) => homelab.commit(files);
  const imageOf = (name: string) => homelab.world.containerNamed(name)?.inspect.ImageName;
  const codesOf = (report: Awaited<ReturnType<typeof sync>>, unit: string) =>
    report.plan.changes.find((change) => change.unit === unit)?.reasons.map(({ code }) => code);

  beforeEach(() => {
    homelab.world.contents.behaviours.set("docker.io/library/web:sick", { kind: "unhealthy" });
  });

  it("does not say that all is in sync while errors keep an instance from what git asks for", async () => {
    commit({ "desired-state/web.container": container("web:1") });
    expect((await run(homelab.world, homelab, "reconcile")).exitCode).toBe(0);
    commit({ "desired-state/web.container": "[Container\n" });
    expect((await run(homelab.world, homelab, "plan")).stdout).toContain(
      "Nothing to do except for 1 instance with errors.",
    );
    const { exitCode, stdout } = await run(homelab.world, homelab, "reconcile");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^In sync except for 1 instance with errors at [0-9a-f]{12}: 0 units, nothing to do/m,
    );
  });

  it("takes over a file that already has the same text, and restarts nothing", async () => {
    const text = container("web:1");
    homelab.world.files.put(pathOf(homelab.world, "web.container"), text);
    const { systemd } = homelab.host;
    await systemd.daemonReload();
    const job = systemd.restart("web.service", 60_000);
    await job;
    const before = homelab.world.containerNamed("systemd-web")?.id;
    commit({ "desired-state/web.container": text });
    const report = await homelab.sync();
    expect(codesOf(report, "web.container")).toEqual(["adopted"]);
    expect(homelab.world.containerNamed("systemd-web")?.id).toBe(before);
    expect((await homelab.inventory()).units["web.container"]?.digest).toEqual(expect.any(String));
    expect(await openState(homelab.world).verifiedTexts()).toContain(
      textKey("web.container", digestOf(text)),
    );
    expect(codesOf(await homelab.sync(), "web.container")).toEqual([]);
  });

  it("restarts nothing when git catches up with what a person put in force", async () => {
    commit({ "desired-state/web.container": container("web:1") });
    await homelab.sync();
    const text = container("web:2");
    homelab.world.files.put(pathOf(homelab.world, "web.container"), text);
    const { systemd } = homelab.host;
    await systemd.daemonReload();
    await systemd.restart("web.service", 60_000);
    const before = homelab.world.containerNamed("systemd-web")?.id;
    commit({ "desired-state/web.container": text });
    const report = await homelab.sync();
    expect(codesOf(report, "web.container")).toEqual(["adopted"]);
    expect(homelab.world.containerNamed("systemd-web")?.id).toBe(before);
    expect((await homelab.inventory()).units["web.container"]?.revision).toBe(homelab.repository.head());
    expect(codesOf(await homelab.sync(), "web.container")).toEqual([]);
    homelab.world.files.put(pathOf(homelab.world, "web.container"), container("web:3"));
    commit({ "desired-state/web.container": container("web:3") });
    expect(codesOf(await homelab.sync(), "web.container")).toEqual(["unit-changed"]);
    expect(imageOf("systemd-web")).toBe("docker.io/library/web:3");
  });

  it("deletes nothing if a link stands in place of a file or of a folder", async () => {
    const other = { "desired-state/other.container": container("other:1") };
    commit({ ...other, "desired-state/media/web.container": container("web:1") });
    await homelab.sync();
    const later = { "desired-state/other.container": container("other:2") };
    const link = (files: typeof other, path: string) => homelab.commit(files, "link", { [path]: "x" });
    link(later, "desired-state/media/web.container");
    expect(codesOf(await homelab.sync(), "other.container")).toContain("unit-changed");
    expect(imageOf("systemd-other")).toBe("docker.io/library/other:2");
    link(other, "desired-state/media");
    const { plan } = await homelab.sync();
    expect([...plan.leftAlone.keys()].sort()).toEqual(["other", "web"]);
    link({} as typeof other, "desired-state");
    await expect(homelab.sync()).rejects.toMatchObject({ reason: "bad-input" });
    expect([imageOf("systemd-web"), imageOf("systemd-other")]).toEqual([
      "docker.io/library/web:1",
      "docker.io/library/other:2",
    ]);
  });

  it("does not overwrite a file that quadgate does not own", async () => {
    homelab.world.files.put(pathOf(homelab.world, "web.container"), "[Container]\nImage=mine\n");
    commit({ "desired-state/web.container": container("web:1") });
    const report = await homelab.sync();
    expect(report.result).toBe("blocked");
    expect(report.verdict.reasons.map(({ code }) => code)).toContain("foreign-unit");
    expect(await homelab.world.files.read(pathOf(homelab.world, "web.container"))).toContain("mine");
  });

  it("puts back an instance that does not become healthy, and does not retry it until it changes", async () => {
    commit({ "desired-state/web.yaml": web(), "desired-state/db.container": container("db:1") });
    await homelab.sync();
    commit({
      "desired-state/web.yaml": web("", "web:sick"),
      "desired-state/db.container": container("db:2"),
    });
    const failed = await homelab.sync();
    expect(failed.result).toBe("rolled-back");
    expect([imageOf("web"), imageOf("systemd-db")]).toEqual([
      "docker.io/library/web:1",
      "docker.io/library/db:2",
    ]);
    const again = await homelab.sync();
    expect(again.outcomes).toEqual([]);
    expect(codesOf(again, "web.container")).toEqual(["failed-before"]);
    await homelab.sync();
    expect(
      (await openState(homelab.world).readRecords()).map(({ result, count }) => [result, count]),
    ).toEqual([
      ["applied", 1],
      [failed.result, 1],
      [again.result, 2],
    ]);
    commit({ "desired-state/web.yaml": web("", "web:2"), "desired-state/db.container": container("db:2") });
    expect((await homelab.sync()).result).toBe("applied");
    expect(imageOf("web")).toBe("docker.io/library/web:2");
    expect((await homelab.inventory()).failed).toEqual({});
  });

  it("retries what failed before when a person asks for it", async () => {
    commit({ "desired-state/web.yaml": web("", "web:sick") });
    expect((await homelab.sync()).result).toBe("rolled-back");
    homelab.world.contents.behaviours.clear();
    expect((await homelab.sync()).outcomes).toEqual([]);
    expect((await homelab.sync({ only: new Set(["web"]) })).result).toBe("applied");
    expect((await homelab.sync()).result).toBe("in-sync");
  });

  it("waits with an instance until the network that it needs can be read, and then starts it", async () => {
    commit({
      "desired-state/web.yaml": web(),
      "desired-state/networks.yaml": "shared: { subnet: nonsense }\n",
    });
    const report = await homelab.sync();
    expect(report.outcomes).toEqual([]);
    expect(codesOf(report, "web.container")).toEqual(["needed-unit-missing"]);
    commit({ "desired-state/web.yaml": web(), ...shared("10.1.1.0/24") });
    expect((await homelab.sync({ attended: false })).result).toBe("applied");
    expect(imageOf("web")).toBe("docker.io/library/web:1");
  });

  it("leaves alone a network that a suspended instance is on, and changes it after the suspension", async () => {
    commit({ "desired-state/web.yaml": web(), ...shared("10.1.1.0/24") });
    const { record } = await homelab.sync();
    const before = homelab.world.containerNamed("web")?.id;
    commit({ "desired-state/web.yaml": web("suspend: true\n"), ...shared("10.1.2.0/24") });
    const report = await homelab.sync();
    expect(codesOf(report, "shared.network")).toEqual(["network-in-use"]);
    expect(homelab.world.containerNamed("web")?.id).toBe(before);
    expect(report.record.appliedRevision).toBe(record.appliedRevision);
    commit({ "desired-state/web.yaml": web(), ...shared("10.1.2.0/24") });
    expect((await homelab.sync()).result).toBe("applied");
    expect(homelab.world.contents.networks.get("systemd-shared")).toMatchObject({
      subnets: [{ subnet: "10.1.2.0/24" }],
    });
    expect(homelab.world.containerNamed("web")?.id).not.toBe(before);
  });

  it("changes only the instances that are asked for, and the networks", async () => {
    commit({ "desired-state/web.yaml": web(), "desired-state/db.container": container("db:1") });
    await homelab.sync({ only: new Set(["web"]) });
    expect(homelab.world.contents.containers.map(({ name }) => name)).toEqual(["web"]);
    expect((await homelab.sync()).outcomes.map(({ unit }) => unit)).toEqual(["db.container"]);
  });

  it("reports what was done to the host by hand, and repairs it if the manifest says so", async () => {
    commit({
      "desired-state/web.yaml": web(),
      "desired-state/heal.yaml": web("onDrift: heal\n").replace("web.example", "heal.example"),
    });
    await homelab.sync();
    for (const name of ["web", "heal"]) await homelab.host.systemd.stop(`${name}.service`);
    const report = await homelab.sync({ attended: false });
    expect(codesOf(report, "web.container")).toEqual(["service-inactive", "drift-reported"]);
    expect(homelab.world.contents.containers.map(({ name }) => name)).toEqual(["heal"]);
    await homelab.sync({ attended: true });
    expect(homelab.world.contents.containers.map(({ name }) => name).sort()).toEqual(["heal", "web"]);
  });

  it("runs no hook when it puts back an instance that did not become healthy", async () => {
    const manifest = (image: string) => ({
      "desired-state/web.yaml": web('hooks: { beforeUpdate: ["dump-it"] }\n', image),
    });
    commit(manifest("web:1"));
    await homelab.sync();
    commit(manifest("web:sick"));
    expect((await homelab.sync()).result).toBe("rolled-back");
    expect(homelab.world.executed).toEqual(["web: sh -c dump-it"]);
    expect(imageOf("web")).toBe("docker.io/library/web:1");
  });

  it("runs the hooks of an update first, and does not update when one fails", async () => {
    const files = (image: string) => ({
      "desired-state/web.yaml": web('hooks: { beforeUpdate: ["dump-it"] }\n', image),
    });
    commit(files("web:1"));
    await homelab.sync();
    expect(homelab.world.executed).toEqual([]);
    commit(files("web:2"));
    await homelab.sync();
    expect(homelab.world.executed).toEqual(["web: sh -c dump-it"]);
    homelab.world.failingCommands.add("dump-it");
    commit(files("web:3"));
    expect((await homelab.sync()).result).toBe("rolled-back");
    expect(imageOf("web")).toBe("docker.io/library/web:2");
  });

  it("touches nothing while the repository's settings contradict the host's own, and says so", async () => {
    commit({ "desired-state/web.container": container("web:1") });
    await homelab.sync();
    commit({
      "quadgate.yaml": "gate: { block: 90, confirm: 95 }\n",
      "desired-state/web.container": container("web:2"),
    });
    const settings = { gate: { confirm: 85 } };
    const report = await homelab.quadgate({ settings }).sync();
    expect(report.plan.changes.filter(({ action }) => action !== "none")).toEqual([]);
    expect(report.desired.issues).toMatchObject([{ place: { file: "quadgate.yaml", line: 1 } }]);
    expect(report.desired.settings.gate).toMatchObject({ block: 70, confirm: 85 });
    expect(imageOf("systemd-web")).toBe("docker.io/library/web:1");
  });

  it("waits for another sync to end, or says that it is at work", async () => {
    commit({ "desired-state/web.yaml": web() });
    const other = connect(homelab.world, undefined);
    await other.host.lock.acquire(`${homelab.world.facts.stateDir}/lock`, { waitMs: 0 });
    await expect(homelab.sync()).rejects.toThrow("another quadgate is running");
    const waiting = homelab.sync({ lockWaitMs: 5_000 });
    await homelab.world.clock.sleep(1_000);
    other.kill();
    expect((await waiting).result).toBe("applied");
  });

  it("stops waiting for another sync once it is asked to end", async () => {
    await homelab.host.lock.acquire(`${homelab.world.facts.stateDir}/lock`, { waitMs: 0 });
    const asked = new AbortController();
    const waiting = homelab.sync({ lockWaitMs: 600_000, signal: asked.signal });
    asked.abort();
    await expect(waiting).rejects.toMatchObject({ reason: "interrupted" });
  });

  it("records what it did, with the score that let it through", async () => {
    homelab.world.healthScore = 91;
    const head = commit({ "desired-state/web.yaml": web() });
    const { context } = homelab.quadgate();
    const { record } = await homelab.sync({ trigger: "push" });
    expect(record).toMatchObject({
      trigger: "push",
      host: context.host.facts.name,
      revision: head,
      appliedRevision: head,
      result: "applied",
      score: 91,
      band: "proceed",
    });
  });
});
