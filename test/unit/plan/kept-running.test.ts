import { describe, expect, it } from "vitest";
import type { LiveState, ServiceState } from "../../../src/model/live.ts";
import type { Change, Reason } from "../../../src/model/plan.ts";
import { reason } from "../../../src/model/reasons.ts";
import { type KeptService, keepRunning, keptServices } from "../../../src/plan/kept-running.ts";
import { withSideEffects } from "../../../src/plan/side-effects.ts";
import { stopLinksOf } from "../../../src/quadlet/links.ts";
import { change } from "../../support/gate-input.ts";
import { generated, liveWith } from "../../support/plan-input.ts";

/** Why systemd stops these services for the sake of others. */
const linksOf = (units: Readonly<Record<string, string>>) => stopLinksOf(generated(units).services);

const UNITS = linksOf({
  "db.service": "[Unit]\nDescription=db\n",
  "api.service": "[Unit]\nRequires=db.service\n",
  "web.service": "[Unit]\nBindsTo=api.service\n",
  "cron.service": "[Unit]\nWants=db.service\nAfter=db.service\n",
});

/** A host on which these services are active. */
function running(...names: readonly string[]): LiveState {
  const state = (name: string) => ({ name, loadState: "loaded", activeState: "active" }) as ServiceState;
  return { ...liveWith([]), services: new Map(names.map((name) => [name, state(name)])) };
}

const actions = (changes: readonly Change[]) => changes.map(({ unit, action }) => `${action} ${unit}`);
const WEB = new Map([["web.service", { instance: "web", why: "suspended" }]]) satisfies ReadonlyMap<
  string,
  KeptService
>;

describe("a unit that a suspended instance is bound to", () => {
  it.each(["update", "restart", "delete"] as const)("stays as it is instead of: %s", (action) => {
    const [kept] = keepRunning([change(action, "db.container")], WEB, UNITS, running("web.service"));
    expect(kept).toMatchObject({ action: "none", reasons: [{ code: "dependant-suspended" }] });
    expect(kept?.reasons[0]?.message).toContain("web.service is suspended");
  });

  it("stays with its drop-ins, which would restart it", () => {
    const dropIn = change("create", "db.container.d/10-more.conf", { instance: "db", service: null });
    const changes = [change("none", "db.container"), dropIn];
    expect(actions(keepRunning(changes, WEB, UNITS, running("web.service")))).toEqual([
      "none db.container",
      "none db.container.d/10-more.conf",
    ]);
  });

  it("is changed if the suspended service is down anyway, or is not bound to it", () => {
    const changes = [change("update", "db.container"), change("create", "new.container")];
    expect(keepRunning(changes, WEB, UNITS, running())).toEqual(changes);
    const cron = new Map([["cron.service", { instance: "cron", why: "suspended" }]] as const);
    expect(keepRunning(changes, cron, UNITS, running("cron.service"))).toEqual(changes);
  });
});

describe("a unit that an unreadable instance is bound to", () => {
  const held = (leftAlone: ReadonlyMap<string, Reason>) =>
    keptServices(
      [
        { service: "web.service", instance: "web" },
        { service: null, instance: "web" },
        { service: "cron.service", instance: "cron" },
      ],
      leftAlone,
      new Set(["web"]),
    );

  it("stays as it is, and its message names the instance", () => {
    const [kept] = keepRunning(
      [change("update", "db.container")],
      held(new Map([["web", reason("instance-invalid")]])),
      UNITS,
      running("web.service", "cron.service"),
    );
    expect(kept).toMatchObject({ action: "none", reasons: [{ code: "dependant-invalid" }] });
    expect(kept?.reasons[0]?.message).toContain("what web asks of the gate");
  });

  it("counts as suspended if the instance is suspended too", () => {
    const both = held(new Map([["web", reason("instance-suspended")]]));
    expect([...both]).toEqual([["web.service", { instance: "web", why: "suspended" }]]);
  });
});

describe("a unit that a service outside the plan is bound to", () => {
  const others = new Map([
    ["web.service", "web"],
    ["cron.service", "cron"],
  ]);

  it.each(["update", "restart", "delete"] as const)("says what goes down with it: %s", (action) => {
    const changes = [change(action, "db.container"), change("none", "idle.container")];
    const { changes: told, instances } = withSideEffects(changes, others, UNITS, running(...others.keys()));
    expect([...instances]).toEqual(["web"]);
    expect(told[0]).toMatchObject({ action, reasons: [{ code: "takes-along" }] });
    expect(told[0]?.reasons[0]?.message).toContain("web.service");
    expect(told[1]).toBe(changes[1]);
  });

  it("names several such services, too", () => {
    const both = new Map([...others, ["api.service", "api"]]);
    const { changes } = withSideEffects(
      [change("update", "db.container")],
      both,
      UNITS,
      running(...both.keys()),
    );
    expect(changes[0]?.reasons[0]?.message).toBe(
      "web.service, api.service are bound to it, and restart or stop with it",
    );
  });

  it("names that service even if only its drop-in changes", () => {
    const dropIn = change("update", "db.container.d/10-more.conf", { instance: "db", service: null });
    const changes = [change("restart", "db.container"), dropIn];
    const { instances } = withSideEffects(changes, others, UNITS, running(...others.keys()));
    expect([...instances]).toEqual(["web"]);
  });

  it("names no service that is down, is not bound to it, or is bound to what is new or stays", () => {
    const up = running(...others.keys());
    const none = (changes: readonly Change[], live: LiveState) =>
      expect(withSideEffects(changes, others, UNITS, live)).toEqual({ changes, instances: new Set() });
    none([change("update", "db.container")], running("cron.service"));
    none([change("create", "db.container")], up);
    none([change("none", "db.container")], up);
  });
});

describe("a unit whose start stops another instance's service", () => {
  const rivals = linksOf({
    "cf.service": "[Unit]\nConflicts=frz.service x.target\n",
    "frz.service": "[Unit]\n",
    "onfrz.service": "[Unit]\nBindsTo=frz.service\n",
    "app.service": "[Unit]\nWants=cf.service\n",
  });
  const others = new Map([
    ["frz.service", "frz"],
    ["onfrz.service", "onfrz"],
  ]);
  const up = running(...others.keys());
  const takenBy = (one: Change, live = up) => [...withSideEffects([one], others, rivals, live).instances];

  it.each(["create", "update", "restart"] as const)(
    "names that service and what is bound to it: %s",
    (action) => {
      const { changes, instances } = withSideEffects([change(action, "cf.container")], others, rivals, up);
      expect([...instances]).toEqual(["frz", "onfrz"]);
      expect(changes[0]?.reasons[0]).toMatchObject({
        code: "takes-along",
        message: "its start stops frz.service, onfrz.service (Conflicts=)",
      });
    },
  );

  it("does so whichever of the two declares the conflict", () => {
    const rival = new Map([["cf.service", "cf"]]);
    const { instances } = withSideEffects(
      [change("create", "frz.container")],
      rival,
      rivals,
      running("cf.service"),
    );
    expect([...instances]).toEqual(["cf"]);
  });

  it("does so through what it starts in addition, unless that runs already", () => {
    expect(takenBy(change("create", "app.container"))).toEqual(["frz", "onfrz"]);
    expect(takenBy(change("create", "app.container"), running("cf.service", ...others.keys()))).toEqual([]);
  });

  it("names no service that is down, and none if the unit itself ends or stays", () => {
    expect(takenBy(change("create", "cf.container"), running())).toEqual([]);
    expect(takenBy(change("delete", "cf.container"))).toEqual([]);
    expect(takenBy(change("none", "cf.container"))).toEqual([]);
  });

  it("is not started while that service is suspended", () => {
    const held = new Map([["frz.service", { instance: "frz", why: "suspended" }]] as const);
    const [kept] = keepRunning([change("create", "cf.container")], held, rivals, up);
    expect(kept).toMatchObject({ action: "none", reasons: [{ code: "dependant-suspended" }] });
    expect(kept?.reasons[0]?.message).toContain("would be stopped by its start");
  });
});
