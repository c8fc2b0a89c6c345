import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/plan.ts";
import { type ReasonCode, reason } from "../../../src/model/reasons.ts";
import { propagateAroundUsed } from "../../../src/plan/in-use.ts";
import { propagateRestarts } from "../../../src/plan/propagated-restarts.ts";
import { withUnmetNeeds } from "../../../src/plan/unmet-needs.ts";
import { bondsOf } from "../../../src/quadlet/links.ts";
import { change } from "../../support/gate-input.ts";
import { containerOn, generated, liveWith, unitOf } from "../../support/plan-input.ts";

const because = (...codes: readonly ReasonCode[]) => ({ reasons: codes.map((code) => reason(code)) });
const network = (action: Change["action"], ...codes: readonly ReasonCode[]) =>
  change(action, "n.network", { service: "n-network.service", network: "systemd-n", ...because(...codes) });

const UNITS = generated({
  "n-network.service": "[Unit]\n",
  "web.service": "[Unit]\nRequires=n-network.service\nAfter=n-network.service\n",
  "proxy.service": "[Unit]\nBindsTo=web.service\n",
  "cron.service": "[Unit]\nWants=web.service\nAfter=web.service\n",
});

const BONDS = bondsOf(UNITS.services);

const summary = (changes: readonly Change[]) =>
  Object.fromEntries(
    changes.map(({ unit, action, reasons }) => [unit, [action, ...reasons.map(({ code }) => code)]]),
  );

describe("a change restarts", () => {
  it("what systemd restarts with it, at any distance, but nothing that only comes after it", () => {
    const changes = [
      network("update", "network-changed"),
      change("none", "web.container"),
      change("none", "proxy.container"),
      change("none", "cron.container"),
    ];
    expect(summary(propagateRestarts(changes, BONDS))).toEqual({
      "n.network": ["update", "network-changed"],
      "web.container": ["restart", "dependency-restarted"],
      "proxy.container": ["restart", "dependency-restarted"],
      "cron.container": ["none"],
    });
  });

  it("units that change by themselves, and says so", () => {
    const changes = [network("update"), change("update", "web.container", because("unit-changed"))];
    expect(summary(propagateRestarts(changes, BONDS))["web.container"]).toEqual([
      "update",
      "unit-changed",
      "dependency-restarted",
    ]);
  });

  it("what reads a changed file, also if its own change would only be reloaded", () => {
    const file = "/u/conf.d/app.conf";
    const readers = ({ name }: { readonly name: string }) => (name === file ? ["web.container"] : []);
    const proxy = change("none", "proxy.container");
    const restarts = (action: Change["action"], web: Change) => {
      const all = propagateRestarts([change(action, file, { service: null }), web, proxy], BONDS, readers);
      return all.slice(1).map(({ action: found, reloadOnly = false, reasons }) => {
        return [found, reloadOnly, reasons.map(({ message }) => message).at(-1)];
      });
    };
    const why = "app.conf, which it reads, changed";
    const taken = ["restart", false, "it depends on web.service, which is recreated"];
    expect(restarts("delete", change("none", "web.container"))).toEqual([["restart", false, why], taken]);
    const comment = change("update", "web.container", { reloadOnly: true });
    expect(restarts("update", comment)).toEqual([["update", false, why], taken]);
    expect(restarts("none", change("none", "web.container"))).toEqual([
      ["none", false, undefined],
      ["none", false, undefined],
    ]);
  });

  it("no job, and nothing because of one that is only loaded", () => {
    const job = change("none", "web.container", { loadOnly: "job" });
    const loaded = change("update", "web.container", { loadOnly: "triggered" });
    const proxy = change("none", "proxy.container");
    expect(summary(propagateRestarts([network("update"), job], BONDS))["web.container"]).toEqual(["none"]);
    expect(summary(propagateRestarts([loaded, proxy], BONDS))["proxy.container"]).toEqual(["none"]);
  });

  it("no job whose drop-in changes, which is loaded again", () => {
    const dropin = change("update", "web.container.d/10.conf", { service: null, instance: "web" });
    const changes = [dropin, change("none", "web.container", { loadOnly: "job" })];
    expect(summary(propagateRestarts(changes, BONDS))["web.container"]).toEqual(["update", "unit-changed"]);
  });

  it("nothing when its unit is created, unless an interrupted sync has started that before", () => {
    const web = change("none", "web.container");
    expect(summary(propagateRestarts([network("create", "unit-new"), web], BONDS))["web.container"]).toEqual([
      "none",
    ]);
    expect(
      summary(propagateRestarts([network("create", "interrupted"), web], BONDS))["web.container"],
    ).toEqual(["restart", "dependency-restarted"]);
  });

  it("the unit that a changed drop-in belongs to, and what restarts with it", () => {
    const dropin = change("update", "web.container.d/10.conf", { service: null, instance: "web" });
    const changes = [dropin, change("none", "web.container"), change("none", "proxy.container")];
    expect(summary(propagateRestarts(changes, BONDS))).toMatchObject({
      "web.container": ["restart", "unit-changed"],
      "proxy.container": ["restart", "dependency-restarted"],
    });
  });
});

describe("a network", () => {
  const web = change("none", "web.container");
  const gone = change("delete", "n.network", { service: "n-network.service", network: "systemd-n" });

  it("is replaced after everything on it is taken off", () => {
    const live = liveWith([containerOn("web.service", "systemd-n")]);
    expect(summary(propagateAroundUsed([network("update"), web], BONDS, live))).toMatchObject({
      "n.network": ["update"],
      "web.container": ["restart", "dependency-restarted"],
    });
  });

  it.each([
    ["replaced", network("update", "network-changed")],
    ["deleted", gone],
  ])("is not %s while somebody else is on it, and nothing is restarted for it", (_, wanted) => {
    const live = liveWith([
      containerOn("web.service", "systemd-n"),
      containerOn("hand.service", "systemd-n", "podman"),
    ]);
    const changes = propagateAroundUsed([wanted, web], BONDS, live);
    expect(summary(changes)).toEqual({ "n.network": ["none", "network-in-use"], "web.container": ["none"] });
    expect(changes[0]?.reasons[0]?.message).toMatch(/left alone uses? it: .*hand/);
  });

  it("is not replaced while a job that is only loaded is on it", () => {
    const live = liveWith([containerOn("web.service", "systemd-n")]);
    const job = change("update", "web.container", { loadOnly: "job" });
    const changes = propagateAroundUsed([network("update", "network-changed"), job], BONDS, live);
    expect(summary(changes)["n.network"]).toEqual(["none", "network-in-use"]);
  });

  it("is removed together with what is on it", () => {
    const live = liveWith([containerOn("web.service", "systemd-n")]);
    expect(
      summary(propagateAroundUsed([gone, change("delete", "web.container")], BONDS, live)),
    ).toMatchObject({
      "n.network": ["delete"],
    });
  });
});

describe("an instance that needs one that is left alone", () => {
  const units = [unitOf("web.container"), unitOf("proxy.container"), unitOf("cron.container")];
  const asked = () => true;

  it("waits, together with what needs it in turn, if the host does not have that yet", () => {
    const leftAlone = withUnmetNeeds(new Map(), { units, generated: UNITS, live: liveWith([]), asked });
    expect([...leftAlone].map(([name, { code }]) => [name, code])).toEqual([
      ["web", "needed-unit-missing"],
      ["proxy", "needed-unit-missing"],
    ]);
    expect(leftAlone.get("web")?.message).toContain("web.container needs n.network");
  });

  it("is applied if the host already has that", () => {
    const live = liveWith([], ["n-network.service"]);
    expect(withUnmetNeeds(new Map(), { units, generated: UNITS, live, asked }).size).toBe(0);
  });

  it("is applied if this sync makes that", () => {
    const all = [...units, unitOf("n.network")];
    const input = { units: all, generated: UNITS, live: liveWith([]), asked };
    expect(withUnmetNeeds(new Map(), input).size).toBe(0);
    const suspended = new Map([["networks", reason("instance-suspended")]]);
    expect([...withUnmetNeeds(suspended, input).keys()]).toEqual(["networks", "web", "proxy"]);
  });
});
