import { describe, expect, it } from "vitest";
import { suspendInstances } from "../../../src/control/suspend.ts";
import type { SyncReport } from "../../../src/sync/reconcile.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const REGISTRY = "docker.io/library/";
const UNATTENDED = { attended: false };

const container = (image: string, ...lines: readonly string[]) =>
  `[Container]\nImage=${REGISTRY}${image}\n${lines.map((line) => `${line}\n`).join("")}HealthCmd=check\n` +
  "[Service]\nTimeoutStartSec=infinity\n";
/** A container whose service is up only once the container is healthy. */
const healthy = (image: string, ...lines: readonly string[]) => container(image, ...lines, "Notify=healthy");
const needing = (other: string, text: string) =>
  `[Unit]\nRequires=${other}.service\nAfter=${other}.service\n${text}`;
const backend = (name: string, network: string) =>
  [
    "pattern: reverse-proxy-backend",
    `image: ${REGISTRY}${name}:1`,
    `hostname: ${name}.example.org`,
    "port: 80",
    `networks: [${network}]`,
    'health: { cmd: "check", interval: 1h }\n',
  ].join("\n");

describeFakeHost("a sync that puts some back", () => {
  const homelab = fakeHomelab();

  const commit = (files: Readonly<Record<string, string>>) =>
    homelab.commit(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`desired-state/${name}`, text])),
    );
  const images = () =>
    homelab.world.contents.containers
      .map(({ inspect }) => String(inspect.ImageName).replace(REGISTRY, ""))
      .sort();
  const behave = (image: string, kind: "unhealthy" | "no-image") =>
    homelab.world.contents.behaviours.set(`${REGISTRY}${image}`, { kind });
  const leftAlone = ({ plan }: SyncReport) =>
    Object.fromEntries([...plan.leftAlone].map(([instance, { code }]) => [instance, code]));
  const outcomes = (report: SyncReport) =>
    Object.fromEntries(report.outcomes.map(({ unit, outcome }) => [unit, outcome]));
  /** Instances with a failed attempt, to the one that took each along. */
  const failed = async () =>
    Object.fromEntries(
      Object.entries((await homelab.inventory()).failed).map(([name, { because }]) => [
        name,
        because ?? null,
      ]),
    );

  /** The container goes, and systemd says how its service ended. */
  function down(name: string, active: "failed" | "inactive" = "failed"): void {
    const { contents } = homelab.world;
    contents.containers = contents.containers.filter(({ service }) => service !== `${name}.service`);
    const ended = active === "failed" ? ["failed", "exit-code"] : ["dead", "dependency"];
    Object.assign(homelab.world.runOf(`${name}.service`), { active, sub: ended[0], result: ended[1] });
  }

  describe("of one instance that needs another one", () => {
    const both = (db: string, app: string) =>
      commit({ "db.container": healthy(db), "app.container": needing("db", healthy(app)) });

    it("does not record the other one, whose new text it has not applied, as failed", async () => {
      both("db:1", "app:1");
      await homelab.sync();
      both("db:2", "app:1");
      behave("app:1", "unhealthy");
      down("app");
      const report = await homelab.sync({ only: new Set(["app"]) });
      expect(outcomes(report)).toEqual({ "app.container": "failed" });
      expect(await failed()).toEqual({});
      homelab.world.contents.behaviours.clear();
      expect((await homelab.sync(UNATTENDED)).result).toBe("applied");
      expect(images()).toEqual(["app:1", "db:2"]);
    });

    it("does not hold back one with pending text if what it needs fails", async () => {
      both("db:1", "app:1");
      await homelab.sync();
      both("db:sick", "app:2");
      behave("db:sick", "unhealthy");
      expect((await homelab.sync({ only: new Set(["db"]) })).result).toBe("rolled-back");
      expect(await failed()).toEqual({ db: null });
      expect(images()).toEqual(["app:1", "db:1"]);
      expect(leftAlone(await homelab.sync(UNATTENDED))).toEqual({ db: "failed-before" });
      expect(images()).toEqual(["app:2", "db:1"]);
    });

    it("does not bring the new text of one that is restarted with it", async () => {
      const bound = (db: string, z: string) =>
        commit({ "db.container": healthy(db), "z.container": `[Unit]\nPartOf=db.service\n${healthy(z)}` });
      bound("db:1", "z:1");
      await homelab.sync();
      const before = (await homelab.inventory()).units["z.container"];
      bound("db:sick", "z:2");
      behave("db:sick", "unhealthy");
      const report = await homelab.sync({ only: new Set(["db"]) });
      expect(report.result).toBe("rolled-back");
      expect(images()).toEqual(["db:1", "z:1"]);
      expect((await homelab.inventory()).units["z.container"]).toEqual(before);
    });
  });

  describe("of a chain whose last one broke by itself", () => {
    const chain = (a: string, b: string) =>
      commit({
        "c.container": healthy("c:1"),
        "b.container": needing("c", healthy(b)),
        "a.container": needing("b", healthy(a)),
      });

    it.each([
      ["both others", "no-image", "b:2", { a: "b", b: "c" }] as const,
      ["the first one", "no-image", "b:1", { a: "b" }] as const,
      ["both others, while it starts,", "unhealthy", "b:2", { a: "b", b: "c" }] as const,
    ])("does not try %s again at each sync", async (_, kind, b, found) => {
      chain("a:1", "b:1");
      await homelab.sync();
      behave("c:1", kind);
      down("c");
      if (b === "b:1") down("b", "inactive");
      chain("a:2", b);
      await homelab.sync(UNATTENDED);
      expect(await failed()).toEqual(found);
      const codes = Object.fromEntries(Object.keys(found).map((name) => [name, "taken-along"]));
      for (let round = 0; round < 3; round += 1) {
        const report = await homelab.sync(UNATTENDED);
        expect(report.outcomes).toEqual([]);
        expect(leftAlone(report)).toEqual(codes);
      }
      expect(await failed()).toEqual(found);
    });
  });

  it("does not forget the one that an earlier sync could not put back", async () => {
    const two = (p: string, n: string, ...lines: readonly string[]) =>
      commit({ "p.container": healthy(p, ...lines), "n.container": healthy(n) });
    homelab.world.contents.secrets.add("key");
    two("p:1", "n:1", "Secret=key");
    await homelab.sync();
    homelab.world.contents.secrets.delete("key");
    behave("p:sick", "unhealthy");
    behave("n:sick", "unhealthy");
    two("p:sick", "n:1");
    expect((await homelab.sync(UNATTENDED)).result).toBe("failed");
    expect(images()).toEqual(["n:1", "p:sick"]);
    homelab.world.contents.secrets.add("key");
    two("p:sick", "n:sick");
    expect((await homelab.sync(UNATTENDED)).result).toBe("rolled-back");
    expect(await failed()).toEqual({ n: null, p: null });
    expect(images()).toEqual(["n:1", "p:1"]);
    expect(leftAlone(await homelab.sync(UNATTENDED))).toEqual({ n: "failed-before", p: "failed-before" });
    expect(images()).toEqual(["n:1", "p:1"]);
  });

  describe("and takes along one that needs them", () => {
    const both = (b: string, a: string, ...lines: readonly string[]) =>
      commit({ "b.container": container(b, ...lines), "a.container": needing("b", healthy(a)) });

    it("leaves it alone while its cause is being put back", async () => {
      homelab.world.contents.secrets.add("key");
      both("b:1", "a:1", "Secret=key");
      await homelab.sync();
      homelab.world.contents.secrets.delete("key");
      behave("b:sick", "unhealthy");
      both("b:sick", "a:2");
      expect((await homelab.sync(UNATTENDED)).result).toBe("failed");
      expect(await failed()).toEqual({ a: "b", b: null });
      expect(leftAlone(await homelab.sync(UNATTENDED))).toMatchObject({ a: "taken-along" });
      expect(images()).toEqual(["a:1", "b:sick"]);
      homelab.world.contents.secrets.add("key");
      const report = await homelab.sync(UNATTENDED);
      expect(outcomes(report)).toMatchObject({ "b.container": "updated" });
      expect(leftAlone(report)).toEqual({ a: "taken-along", b: "failed-before" });
      expect(images()).toEqual(["a:1", "b:1"]);
      expect(await failed()).toEqual({ a: "b", b: null });
    });

    it("retries only the one that a person names", async () => {
      both("b:1", "a:1");
      await homelab.sync();
      behave("b:sick", "unhealthy");
      both("b:sick", "a:2");
      await homelab.sync(UNATTENDED);
      expect(await failed()).toEqual({ a: "b", b: null });
      const report = await homelab.sync({ only: new Set(["b"]), retry: true });
      expect(outcomes(report)).toEqual({ "b.container": "failed" });
      expect(leftAlone(report)).toEqual({ a: "taken-along" });
      expect(images()).toEqual(["a:1", "b:1"]);
      expect(await failed()).toEqual({ a: "b", b: null });
    });
  });

  describe("beside shared networks", () => {
    const ofN1 = { "g.yaml": backend("g", "n1") };
    const networkFiles = () =>
      [...homelab.world.files.files.keys()]
        .filter((path) => path.startsWith(`${homelab.world.facts.unitDir}/`) && path.endsWith(".network"))
        .map((path) => path.slice(homelab.world.facts.unitDir.length + 1))
        .sort();

    /** Podman refuses one network from now on. */
    function refuse(network: string): void {
      const { networks } = homelab.world.contents;
      const set = networks.set.bind(networks);
      networks.set = (name, value) => {
        if (name === `systemd-${network}`) throw new Error("subnet in use");
        return set(name, value);
      };
    }

    it("blames neither a new network nor its app if an old service crashes", async () => {
      commit(ofN1);
      await homelab.sync();
      behave("g:1", "unhealthy");
      down("g");
      commit({ ...ofN1, "app2.yaml": backend("app2", "n2") });
      const report = await homelab.sync();
      expect(outcomes(report)).toMatchObject({
        "g.container": "failed",
        "n2.network": "created",
        "app2.container": "created",
      });
      expect(await failed()).toEqual({});
      expect(networkFiles()).toEqual(["n1.network", "n2.network"]);
      expect(images()).toContain("app2:1");
    });

    it("removes a new network that fails in the same sync", async () => {
      commit(ofN1);
      await homelab.sync();
      refuse("n2");
      commit({ ...ofN1, "app2.yaml": backend("app2", "n2") });
      expect((await homelab.sync(UNATTENDED)).result).toBe("rolled-back");
      expect(networkFiles()).toEqual(["n1.network"]);
      const { units } = await homelab.inventory();
      expect(Object.keys(units).filter((name) => !name.includes("/"))).toEqual(["n1.network", "g.container"]);
      expect(images()).toEqual(["g:1"]);
      expect((await homelab.sync(UNATTENDED)).outcomes).toEqual([]);
    });

    it("does not take a well app on another new network along with a bad one", async () => {
      commit(ofN1);
      await homelab.sync();
      refuse("n2");
      commit({ ...ofN1, "app2.yaml": backend("app2", "n2"), "app3.yaml": backend("app3", "n3") });
      const report = await homelab.sync(UNATTENDED);
      expect(outcomes(report)).toMatchObject({ "n3.network": "created", "app3.container": "created" });
      expect(images()).toEqual(["app3:1", "g:1"]);
      expect(networkFiles()).toEqual(["n1.network", "n3.network"]);
      expect(Object.keys(await failed())).not.toContain("app3");
      await homelab.sync(UNATTENDED);
      expect(images()).toEqual(["app3:1", "g:1"]);
    });
  });

  it.each([
    ["a manifest", "app.yaml", backend("app", "x")],
    ["a unit", "app.container", healthy("app:1", "Network=x.network")],
  ])("leaves %s alone that needs a suspended unit which was never deployed", async (_, file, text) => {
    commit({ "own.volume": "[Volume]\n", "x.network": "[Network]\n", [file]: text });
    await suspendInstances(homelab.quadgate().context, new Set(["x"]), {});
    for (const report of [await homelab.sync(UNATTENDED), await homelab.sync({ only: new Set(["app"]) })]) {
      expect(leftAlone(report)).toEqual({ x: "instance-suspended", app: "needed-unit-missing" });
      expect(report.plan.issues).toEqual([]);
    }
    expect(Object.keys((await homelab.inventory()).units)).toEqual(["own.volume"]);
  });
});
