import { beforeEach, describe, expect, it } from "vitest";
import { resumeInstances, suspendInstances } from "../../../src/control/suspend.ts";
import { openState } from "../../../src/state/index.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const HOUR_MS = 3_600_000;
const web = (name: string, more = "") => `pattern: reverse-proxy-backend
image: docker.io/library/${name}:1
hostname: ${name}.example.org
port: 80
networks: [shared]
health: { cmd: "check", interval: 1h }
${more}`;
const HEALING = { "desired-state/web.yaml": web("web", "onDrift: heal\n") };

describeFakeHost("an unattended sync", () => {
  const homelab = fakeHomelab();
  const settings = { heal: { limit: 2, within: "1h" } };
  const sync = (attended = false) => homelab.quadgate({ settings }).sync({ attended });
  const stop = (name = "web") => homelab.host.systemd.stop(`${name}.service`);
  const running = () => homelab.world.contents.containers.map(({ name }) => name).sort();
  const codes = async (unit = "web.container") =>
    (await sync()).plan.changes.find((change) => change.unit === unit)?.reasons.map(({ code }) => code);
  const context = () => homelab.quadgate().context;

  beforeEach(async () => {
    homelab.commit(HEALING);
    await sync(true);
  });

  describe("with `defaults:` in the settings", () => {
    const deploy = async (defaults: object, more = "") => {
      homelab.commit({ "desired-state/web.yaml": web("web", more) });
      const options = { settings: { ...settings, defaults } };
      await homelab.quadgate(options).sync({ attended: true });
      await stop();
      return homelab.quadgate(options).sync({ attended: false });
    };

    it("heals what does not say it itself, and nothing that says otherwise", async () => {
      expect((await deploy({ onDrift: "heal" })).record.heals).toEqual(["web"]);
      expect((await deploy({ onDrift: "heal" }, "onDrift: report\n")).record.heals).toBeUndefined();
      expect((await deploy({ onDrift: "report" }, "onDrift: heal\n")).record.heals).toEqual(["web"]);
    });

    it("leaves out of drift what does not say it itself", async () => {
      expect((await deploy({ onDrift: "heal", ignoreDrift: ["state"] })).record.heals).toBeUndefined();
      const own = await deploy({ onDrift: "heal", ignoreDrift: ["state"] }, "ignoreDrift: [image]\n");
      expect(own.record.heals).toEqual(["web"]);
    });

    it.each([
      [{ confirm: 84 }, "", "open"],
      [{ confirm: 95 }, "", "held"],
      [{ block: 90, confirm: 95 }, "", "blocked"],
      [{ confirm: 95 }, "gate: { block: 90 }\n", "blocked"],
    ])("judges a change by the strictest gate: %j and %j are %s", async (gate, more, state) => {
      homelab.world.healthScore = 87;
      homelab.commit({ "desired-state/web.yaml": web("web", `memory: 700M\n${more}`) });
      const options = { settings: { ...settings, defaults: { gate } } };
      const { verdict } = await homelab.quadgate(options).sync({ attended: false });
      expect(verdict.state).toBe(state);
    });
  });

  describe("with onDrift: heal", () => {
    it("puts back what was changed by hand, and records that it healed", async () => {
      await stop();
      const { record, result } = await sync();
      expect(record).toMatchObject({ result: "applied", instances: ["web"], heals: ["web"] });
      expect({ result, running: running() }).toEqual({ result: "applied", running: ["web"] });
      expect((await sync()).record).not.toHaveProperty("heals");
    });

    it("stops healing at the limit, says until when, and heals again after that time", async () => {
      for (const _ of [1, 2]) {
        await stop();
        expect((await sync()).record.heals).toEqual(["web"]);
        homelab.world.clock.advance(HOUR_MS / 4);
      }
      await stop();
      const braked = await sync();
      expect(braked.record).toMatchObject({ result: "in-sync", braked: ["web"], outcomes: [] });
      expect(braked.plan.changes.find(({ unit }) => unit === "web.container")).toMatchObject({
        action: "none",
        reasons: [{ code: "service-inactive" }, { code: "heal-braked", message: /2 times.*until 20.*Z$/ }],
      });
      expect(running()).toEqual([]);
      homelab.world.clock.advance(HOUR_MS / 2);
      expect((await sync()).record.heals).toEqual(["web"]);
      expect(running()).toEqual(["web"]);
    });

    it("counts heals that did not help, but no sync that a person asked for", async () => {
      await stop();
      expect((await sync(true)).record).not.toHaveProperty("heals");
      homelab.world.contents.behaviours.set("docker.io/library/web:1", { kind: "unhealthy" });
      for (const _ of [1, 2]) {
        await stop();
        expect((await sync()).record).toMatchObject({ result: "failed", heals: ["web"] });
      }
      await stop();
      expect(await codes()).toContain("heal-braked");
    });

    it("does nothing that the gate does not let through, and does not count that as a heal", async () => {
      homelab.world.healthScore = 20;
      await stop();
      const { record } = await sync();
      expect(record.result).toBe("applied");
      // What was verified before passes as a restore; where that is denied, the gate holds for heals too.
      const deny = { gate: { restore: "deny" }, ...settings };
      await stop();
      const blocked = await homelab.quadgate({ settings: deny }).sync({ attended: false });
      expect(blocked.record).toMatchObject({ result: "blocked", instances: ["web"] });
      expect(blocked.record).not.toHaveProperty("heals");
    });
  });

  describe("of a suspended instance", () => {
    const suspend = (options: Parameters<typeof suspendInstances>[2] = {}) =>
      suspendInstances(context(), new Set(["web"]), options);

    it("leaves it as it is, whatever git says and whoever asks, and says why and until when", async () => {
      await suspend({ forMs: 2 * HOUR_MS, reason: "looking at it" });
      await stop();
      homelab.commit({ "desired-state/web.yaml": web("web", "memory: 1G\n") });
      for (const attended of [false, true]) {
        const { plan, record } = await sync(attended);
        expect(plan.changes.find(({ unit }) => unit === "web.container")).toMatchObject({
          action: "none",
          reasons: [
            { code: "instance-suspended", message: /^suspended on this host until .*Z: looking at it$/ },
          ],
        });
        expect(record.result).toBe("in-sync");
      }
      const named = await homelab.quadgate().sync({ only: new Set(["web"]) });
      expect(named.outcomes).toEqual([]);
      expect(running()).toEqual([]);
    });

    it("does not prune it until it is resumed", async () => {
      await suspend();
      homelab.commit({ "desired-state/db.yaml": web("db") });
      const report = await sync();
      expect(running()).toEqual(["db", "web"]);
      expect(report.plan.changes.find(({ unit }) => unit === "web.container")).toMatchObject({
        action: "none",
        reasons: [{ code: "instance-suspended" }],
      });
      expect(await resumeInstances(context(), new Set(["web"]))).toEqual({
        resumed: ["web"],
        byManifest: [],
      });
      await sync();
      expect(running()).toEqual(["db"]);
    });

    it("does not read an empty git as a wish to delete, although this instance would stay", async () => {
      homelab.commit({ ...HEALING, "desired-state/db.yaml": web("db") });
      await sync();
      await suspend();
      homelab.commit({ "desired-state/README.md": "x" });
      const { verdict } = await sync();
      expect(verdict.reasons.map(({ code }) => code)).toEqual(["empty-desired-state"]);
      expect(running()).toEqual(["db", "web"]);
      await homelab.quadgate().sync({ allowEmpty: true });
      expect(running()).toEqual(["web"]);
    });

    it("manages it again by itself when the time is over", async () => {
      await suspend({ forMs: HOUR_MS });
      await stop();
      expect(await codes()).toEqual(["instance-suspended"]);
      homelab.world.clock.advance(HOUR_MS + 1);
      expect(await codes()).toEqual(["service-inactive", "self-heal"]);
      expect(running()).toEqual(["web"]);
    });

    it("leaves it alone even if the note of its suspension is damaged", async () => {
      await homelab.world.files.write(`${homelab.world.facts.stateDir}/suspended/web.json`, "{");
      await stop();
      expect(await codes()).toEqual(["instance-suspended"]);
      expect((await openState(homelab.world).readSuspensions(0)).get("web")?.reason).toContain("damaged");
      await resumeInstances(context(), new Set(["web"]));
      expect(await codes()).toContain("self-heal");
    });

    it("tells a suspension in the manifest from one by a person", async () => {
      homelab.commit({ "desired-state/web.yaml": web("web", "suspend: true\n") });
      const report = await sync();
      expect(report.plan.leftAlone.get("web")?.message).toBe("suspended in its manifest");
      expect((await homelab.inventory()).suspended).toEqual(["web"]);
      await suspend();
      expect((await sync()).plan.leftAlone.get("web")?.message).toBe("suspended on this host");
      expect(await resumeInstances(context(), new Set(["web"]))).toEqual({
        resumed: ["web"],
        byManifest: ["web"],
      });
      expect((await sync()).plan.leftAlone.get("web")?.code).toBe("instance-suspended");
    });
  });
});
