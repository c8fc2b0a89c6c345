import { describe, expect, test } from "vitest";
import { judge } from "../../../src/gate/index.ts";
import { REASONS } from "../../../src/model/reasons.ts";
import { change, gateInput, gateSettings, healthy, owns, plan } from "../../support/gate-input.ts";

const deletes = (...units: readonly string[]) => units.map((unit) => change("delete", unit));
const codes = (verdict: ReturnType<typeof judge>) => verdict.reasons.map(({ code }) => code);

describe("an empty desired state", () => {
  const inventory = owns("web.container", "/srv/web.conf");
  const nothing = plan(deletes("web.container", "/srv/web.conf"));

  test("is refused, and the message says what to check", () => {
    const verdict = judge(gateInput({ plan: nothing, inventory }));
    expect(verdict.state).toBe("blocked");
    expect(codes(verdict)).toEqual(["empty-desired-state"]);
    expect(verdict.reasons[0]?.message).toContain("all 2 units");
  });

  test("passes if a person asked for it", () => {
    expect(judge(gateInput({ plan: nothing, inventory, allowEmpty: true })).state).toBe("open");
  });

  test("is not assumed while git has a unit that stays as it is", () => {
    const partly = plan([...nothing.changes, change("none", "db.container")]);
    expect(codes(judge(gateInput({ plan: partly, inventory })))).toEqual(["health-proceed"]);
  });

  test("is not assumed while git has an instance that cannot be read", () => {
    const leftAlone = new Map([["db", { code: "instance-invalid", message: "" }]]);
    expect(judge(gateInput({ plan: plan(nothing.changes, { leftAlone }), inventory })).state).toBe("open");
  });

  describe("beside a suspended instance", () => {
    const leftAlone = new Map([["db", { code: "instance-suspended", message: "" }]]);
    const both = owns("web.container", "db.container");
    const judged = (digest: string | null, overrides: Parameters<typeof plan>[1] = {}) =>
      judge(
        gateInput({
          plan: plan([...deletes("web.container"), change("none", "db.container", { digest })], {
            leftAlone,
            ...overrides,
          }),
          inventory: both,
        }),
      );

    test("is refused if git has lost that instance too", () => {
      const verdict = judged(null);
      expect(codes(verdict)).toEqual(["empty-desired-state"]);
      expect(verdict.reasons[0]?.message).toContain(
        "1 of 2 units of the inventory would be deleted; the others",
      );
    });

    test("is not assumed while git has that instance", () => {
      expect(judged("digest of db.container").state).toBe("open");
    });

    test("is not assumed while git has that instance with errors", () => {
      const issues = [{ code: "invalid-yaml", message: "", instance: "db" }];
      expect(judged(null, { issues }).state).toBe("open");
    });

    test("is refused although shared networks stay with that instance", () => {
      const inventory = owns("web.container", "db.container", ["lan.network", { instance: "networks" }]);
      const lost = plan([...deletes("web.container"), change("none", "db.container", { digest: null })], {
        leftAlone,
      });
      expect(codes(judge(gateInput({ plan: lost, inventory })))).toEqual(["empty-desired-state"]);
    });

    test("may be pruned as a whole if an empty desired state is allowed", () => {
      const inventory = owns("a.container", "b.container", "c.container", "db.container");
      const lost = plan(
        [
          ...deletes("a.container", "b.container", "c.container"),
          change("none", "db.container", { digest: null }),
        ],
        { leftAlone },
      );
      expect(judge(gateInput({ plan: lost, inventory, allowEmpty: true })).state).toBe("open");
    });
  });

  test("is refused although a network stays because a foreign container is on it", () => {
    const used = change("none", "lan.network", { digest: null, instance: "networks" });
    const lost = plan([...deletes("web.container"), used]);
    const owned = owns("web.container", ["lan.network", { instance: "networks" }]);
    expect(codes(judge(gateInput({ plan: lost, inventory: owned })))).toEqual(["empty-desired-state"]);
  });

  test("is not assumed if the deletions are only a part of the inventory", () => {
    const more = owns("web.container", "/srv/web.conf", "db.container", "cache.container");
    expect(judge(gateInput({ plan: nothing, inventory: more })).state).toBe("open");
  });

  test("that was allowed and interrupted is finished without being asked again", () => {
    const begun = { pending: { action: "delete", digest: null } } as const;
    const half = owns(["web.container", begun], ["/srv/web.conf", begun]);
    expect(judge(gateInput({ plan: nothing, inventory: half })).state).toBe("open");
  });
});

describe("the prune limit", () => {
  const four = owns("a.container", "b.container", "c.container", "d.container");

  test("lets half of the units go and no more", () => {
    expect(
      judge(gateInput({ plan: plan(deletes("a.container", "b.container")), inventory: four })).state,
    ).toBe("open");
    const verdict = judge(
      gateInput({
        plan: plan(deletes("a.container", "b.container", "c.container")),
        inventory: four,
        settings: gateSettings({ onHighRisk: "proceed" }),
      }),
    );
    expect(verdict.state).toBe("blocked");
    expect(codes(verdict)).toEqual(["prune-limit"]);
    expect(verdict.reasons[0]?.message).toContain("3 of 4 units would be deleted (a.container, b.container");
  });

  test("is exceeded if a person asked for it", () => {
    const most = plan(deletes("a.container", "b.container", "c.container"));
    expect(judge(gateInput({ plan: most, inventory: four, allowPrune: true })).state).toBe("open");
  });

  test("never blocks the removal of one instance, however many units it has", () => {
    const units = ["app.container", "app-db.container", "app.network"];
    const inventory = owns(
      ...units.map((unit) => [unit, { instance: "app" }] as [string, object]),
      "web.container",
    );
    const removal = plan([
      ...deletes(...units).map((one) => ({ ...one, instance: "app" })),
      change("none", "web.container"),
    ]);
    expect(judge(gateInput({ plan: removal, inventory })).state).toBe("open");
  });

  test("never blocks the removal of one instance with the networks that it alone was on", () => {
    const inventory = owns("app.container", ["media.network", { instance: "networks" }], "web.container");
    const network = change("delete", "media.network", { instance: "networks" });
    const one = plan([change("delete", "app.container"), network, change("none", "web.container")]);
    expect(judge(gateInput({ plan: one, inventory })).state).toBe("open");
    const two = plan([...deletes("app.container", "web.container"), network, change("none", "x.container")]);
    expect(codes(judge(gateInput({ plan: two, inventory })))).toEqual(["prune-limit"]);
  });

  test("of 0 requires the flag even for one unit", () => {
    const settings = gateSettings({ prune: { enabled: true, maxFraction: 0 } });
    const one = plan(deletes("a.container"));
    expect(codes(judge(gateInput({ plan: one, inventory: four, settings })))).toEqual(["prune-limit"]);
  });

  test("ignores drop-ins and plain files", () => {
    const small = plan(deletes("a.container", "b.container.d/x.conf", "/etc/x.network", "/etc/y.container"));
    expect(judge(gateInput({ plan: small, inventory: four })).state).toBe("open");
  });

  test("ignores a deletion that an interrupted sync has begun", () => {
    const begun = { pending: { action: "delete", digest: null } } as const;
    const inventory = owns("a.container", ["b.container", begun], ["c.container", begun], "d.container");
    const rest = plan(deletes("a.container", "b.container", "c.container"));
    expect(judge(gateInput({ plan: rest, inventory })).state).toBe("open");
  });
});

describe("a foreign unit", () => {
  const create = plan([change("create", "new.container")]);
  const onDisk = (digest: string) => new Map([["new.container", { digest }]]);

  test("is never overwritten", () => {
    const verdict = judge(gateInput({ plan: create, files: onDisk("somebody's") }));
    expect(verdict.state).toBe("blocked");
    expect(codes(verdict)).toEqual(["foreign-unit"]);
    expect(verdict.reasons[0]?.message).toContain("new.container");
  });

  test("with the same content is taken over", () => {
    expect(judge(gateInput({ plan: create, files: onDisk("digest of new.container") })).state).toBe("open");
  });

  test("stops being foreign once the inventory has it", () => {
    const inventory = owns(["new.container", { digest: null }]);
    expect(judge(gateInput({ plan: create, files: onDisk("edited"), inventory })).state).toBe("open");
  });

  test("named like a property that every object has is still foreign", () => {
    const odd = plan([change("create", "constructor")]);
    const files = new Map([["constructor", { digest: "somebody's" }]]);
    expect(judge(gateInput({ plan: odd, files })).state).toBe("blocked");
  });

  test("does not obstruct a plan that leaves it alone", () => {
    const other = plan([change("update", "web.container"), change("none", "new.container")]);
    expect(judge(gateInput({ plan: other, files: onDisk("somebody's") })).state).toBe("open");
  });
});

test("the worst verdict wins and every obstacle is named, blocking ones first", () => {
  const verdict = judge(
    gateInput({
      plan: plan([change("create", "new.container"), change("update", "web.container")]),
      files: new Map([["new.container", { digest: "somebody's" }]]),
      health: healthy(80),
    }),
  );
  expect(verdict).toMatchObject({ state: "blocked", score: 80, band: "confirm" });
  expect(codes(verdict)).toEqual(["foreign-unit", "health-in-confirm-band"]);
  expect(codes(verdict).every((code) => code in REASONS)).toBe(true);
});
