import { describe, expect, test } from "vitest";
import { type GateInput, judge } from "../../../src/gate/index.ts";
import type { HealthFailure } from "../../../src/model/health.ts";
import { hooksKey, imageKey } from "../../../src/model/unit.ts";
import type { UnitImage } from "../../../src/model/unit-image.ts";
import {
  change,
  gateInput,
  gateSettings,
  healthy,
  owns,
  plan,
  verifiedAs,
} from "../../support/gate-input.ts";

const codes = (verdict: ReturnType<typeof judge>) => verdict.reasons.map(({ code }) => code);

describe("the bands of the health score", () => {
  test.each([
    [100, "open", "proceed", "health-proceed"],
    [86, "open", "proceed", "health-proceed"],
    [85, "held", "confirm", "health-in-confirm-band"],
    [70, "held", "confirm", "health-in-confirm-band"],
    [69, "blocked", "block", "health-below-block"],
    [0, "blocked", "block", "health-below-block"],
    [Number.NaN, "blocked", "block", "health-below-block"],
  ])("read a score of %s as %s, in band %s", (score, state, band, code) => {
    const verdict = judge(gateInput({ health: healthy(score) }));
    expect(verdict).toMatchObject({ state, band, score });
    expect(codes(verdict)).toEqual([code]);
  });

  test("name the score and the limit in the message of a low score", () => {
    const [reason] = judge(gateInput({ health: healthy(62) })).reasons;
    expect(reason?.message).toBe("health score 62 is below the block limit 70");
  });

  test("list the report's complaints for a low score, critical ones first", () => {
    const health = healthy(55, {
      critical: [{ code: "C004", message: "Critical services down: grafana", action: "start it" }],
      warnings: [{ code: "W002", message: "disk 75% full" }],
    });
    expect(judge(gateInput({ health })).reasons.slice(1)).toEqual([
      { code: "host-finding", message: "C004 Critical services down: grafana (start it)" },
      { code: "host-finding", message: "W002 disk 75% full" },
    ]);
  });

  test("let a plan with nothing to apply pass without a report", () => {
    const verdict = judge(gateInput({ plan: plan([change("none", "web.container")]), health: null }));
    expect(verdict).toEqual({
      state: "open",
      score: null,
      band: null,
      reasons: [{ code: "nothing-to-apply", message: expect.any(String) }],
      risk: { level: "low", terms: [] },
    });
  });
});

describe("the gate without a report", () => {
  test.each<HealthFailure>([
    "report-missing",
    "report-stale",
    "report-invalid",
    "health-command-timeout",
    "health-command-failed",
  ])("blocks for %s and says so", (code) => {
    const health = { ok: false, code, message: `this: ${code}`, provider: "x" } as const;
    const verdict = judge(gateInput({ health }));
    expect(verdict).toEqual({
      state: "blocked",
      score: null,
      band: null,
      reasons: [{ code, message: `this: ${code}` }],
      risk: { level: "low", terms: [{ code: "risk-score", message: "there is no health score", weight: 2 }] },
    });
  });

  test("blocks a plan if the report was not even asked for", () => {
    expect(judge(gateInput({ health: null }))).toMatchObject({ state: "blocked", score: null });
  });

  test("is not opened by an approval, a restore or onConfirm", () => {
    const verdict = judge(
      gateInput({
        health: { ok: false, code: "report-stale", message: "old", provider: "x" },
        approval: { digest: "the plan", expiresAt: "2026-01-02T00:00:00Z" },
        verified: verifiedAs("web.container"),
        settings: gateSettings({ onConfirm: "proceed" }),
      }),
    );
    expect(verdict.state).toBe("blocked");
  });
});

describe("the confirm band", () => {
  const held = gateInput({ health: healthy(80) });
  const approval = { digest: "the plan", expiresAt: "2026-01-01T12:00:01.000Z" };

  test("is opened by an approval of this plan, which is named", () => {
    const verdict = judge({ ...held, approval });
    expect(verdict).toMatchObject({ state: "open", score: 80, band: "confirm" });
    expect(codes(verdict)).toEqual(["approved", "health-in-confirm-band"]);
  });

  test("is not opened by an approval of another plan", () => {
    const verdict = judge({ ...held, approval: { ...approval, digest: "another" } });
    expect(verdict.state).toBe("held");
    expect(verdict.reasons[0]?.message).toContain("for another plan");
  });

  test.each(["2026-01-01T12:00:00.000Z", "2025-12-31T00:00:00Z", "soon"])(
    "is not opened at noon by an approval until %s, which has expired",
    (expiresAt) => {
      const verdict = judge({ ...held, approval: { ...approval, expiresAt } });
      expect(verdict.state).toBe("held");
      expect(verdict.reasons[0]?.message).toContain(`expired at ${expiresAt}`);
    },
  );

  test("is not opened by an approval that was given while the clock was ahead", () => {
    const given = (approvedAt: string) =>
      judge({ ...held, approval: { ...approval, approvedAt, expiresAt: "2026-01-01T14:00:00.000Z" } });
    expect(given("2026-01-01T11:30:00.000Z").state).toBe("open");
    expect(given("2026-01-01T12:01:00.000Z").state).toBe("open");
    expect(given("2026-01-01T12:01:01.000Z").state).toBe("held");
    expect(given("2026-01-01T13:00:00.000Z").reasons[0]?.message).toContain("while the clock was ahead");
    expect(given("noon").state).toBe("held");
  });

  test("is the only band that an approval opens", () => {
    expect(judge(gateInput({ health: healthy(69), approval })).state).toBe("blocked");
  });

  test("is opened by onConfirm: proceed, and no other band is", () => {
    const settings = gateSettings({ onConfirm: "proceed" });
    expect(judge({ ...held, settings }).state).toBe("open");
    expect(judge({ ...held, settings, health: healthy(69) }).state).toBe("blocked");
  });
});

describe("the gates of instances", () => {
  const two = plan([change("update", "web.container"), change("none", "db.container")]);

  test("apply a stricter block limit to the whole plan and name the instance", () => {
    const verdict = judge(
      gateInput({ plan: two, health: healthy(75), instanceGates: new Map([["web", { block: 80 }]]) }),
    );
    expect(verdict).toMatchObject({ state: "blocked", band: "block" });
    expect(verdict.reasons[0]?.message).toBe(
      "health score 75 is below the block limit 80 (raised by the gate of web)",
    );
  });

  test("raise the confirm limit along with a block limit above it", () => {
    const instanceGates = new Map([["web", { block: 95 }]]);
    expect(judge(gateInput({ health: healthy(94), instanceGates })).state).toBe("blocked");
    expect(judge(gateInput({ health: healthy(95), instanceGates })).state).toBe("held");
    expect(judge(gateInput({ health: healthy(96), instanceGates })).state).toBe("open");
  });

  test("do not count for an instance that is left alone", () => {
    const instanceGates = new Map([["db", { block: 100 }]]);
    expect(judge(gateInput({ plan: two, health: healthy(90), instanceGates })).state).toBe("open");
  });

  test("ignore a looser limit, and give the reason", () => {
    const instanceGates = new Map([["web", { block: 10, confirm: 20 }]]);
    const verdict = judge(gateInput({ health: healthy(60), instanceGates }));
    expect(verdict.state).toBe("blocked");
    expect(codes(verdict)).toEqual(["health-below-block", "gate-looser-ignored", "gate-looser-ignored"]);
  });
});

describe("force at the gate", () => {
  const force = { reason: "the disk is being replaced" };

  test("opens a low score and keeps what it overrode", () => {
    const verdict = judge(gateInput({ health: healthy(10), force }));
    expect(verdict).toMatchObject({ state: "open", score: 10, band: "block" });
    expect(codes(verdict)).toEqual(["forced", "health-below-block"]);
    expect(verdict.reasons[0]?.message).toContain("the disk is being replaced");
  });

  test("opens the gate without a report", () => {
    expect(judge(gateInput({ health: null, force })).state).toBe("open");
  });

  test("is not mentioned if it was not needed", () => {
    expect(codes(judge(gateInput({ force })))).toEqual(["health-proceed"]);
  });

  test.each([
    [
      "empty-desired-state",
      gateInput({ plan: plan([change("delete", "web.container")]), inventory: owns("web.container") }),
    ],
    [
      "foreign-unit",
      gateInput({
        plan: plan([change("create", "new.container")]),
        files: new Map([["new.container", { digest: "somebody's" }]]),
      }),
    ],
  ])("does not open %s", (code, input) => {
    const verdict = judge({ ...input, health: healthy(10), force });
    expect(verdict.state).toBe("blocked");
    expect(codes(verdict)).toEqual([code]);
  });
});

describe("a restore at the gate", () => {
  const verified = verifiedAs("web.container", "db.container");
  const sick = {
    health: healthy(40),
    verified,
    inventory: owns("web.container", "db.container", "new.container"),
  };

  test("passes in the block band if it only brings back verified units", () => {
    const verdict = judge(gateInput(sick));
    expect(verdict).toMatchObject({ state: "open", score: 40, band: "block" });
    expect(codes(verdict)).toEqual(["restore", "health-below-block"]);
  });

  test("passes in the confirm band too", () => {
    expect(judge(gateInput({ ...sick, health: healthy(80) })).state).toBe("open");
  });

  test("does not pass with one unit that was never verified", () => {
    const mixed = plan([change("update", "web.container"), change("create", "new.container")]);
    expect(judge(gateInput({ ...sick, plan: mixed })).state).toBe("blocked");
  });

  test("does not pass with a restart of a text that was never verified", () => {
    const mixed = plan([change("update", "web.container"), change("restart", "new.container")]);
    expect(judge(gateInput({ ...sick, plan: mixed })).state).toBe("blocked");
  });

  describe("of an image by name", () => {
    const digest = "digest of web.container";
    const judged = (image: Partial<UnitImage>, more: Partial<GateInput> = {}) => {
      const web = { reference: "docker.io/library/web:1", next: "new", running: [], ...image };
      return judge(gateInput({ ...sick, images: new Map([["web.container", web]]), ...more })).state;
    };
    const proven = { verified: new Set([...verified, imageKey("web.container", digest, "proven")]) };
    const runs = (id: string) => [{ id, name: "docker.io/library/web:1" }];

    test.each(["create", "update", "restart"] as const)(
      "passes with a %s of the image that was verified, and with no other",
      (action) => {
        const made = { ...proven, plan: plan([change(action, "web.container")]) };
        expect(judged({ next: "proven" }, made)).toBe("open");
        expect(judged({ next: "new" }, made)).toBe("blocked");
        expect(judged({ next: null }, made)).toBe("blocked");
      },
    );

    test("does not pass with an image that was verified with another unit's text", () => {
      const other = new Set([...verified, imageKey("db.container", digest, "new")]);
      expect(judged({ next: "new" }, { verified: other })).toBe("blocked");
    });

    test("passes with a digest in the image's name", () => {
      expect(judged({ reference: "docker.io/library/web@sha256:aa", next: null })).toBe("open");
    });

    test("passes with the image that runs with the text in force, even without a record of it", () => {
      expect(judged({ running: runs("new") })).toBe("open");
      expect(judged({ running: runs("old") })).toBe("blocked");
      expect(judged({ running: [...runs("new"), ...runs("old")] })).toBe("blocked");
      const inventory = owns(["web.container", { digest: "another text" }]);
      expect(judged({ running: runs("new") }, { inventory })).toBe("blocked");
    });
  });

  test("does not pass with hooks that were never verified for the instance", () => {
    const update = plan([change("update", "web.container", { hooks: "dump" })]);
    const judged = (...keys: readonly string[]) =>
      judge(gateInput({ ...sick, plan: update, verified: new Set([...verified, ...keys]) })).state;
    expect(judged()).toBe("blocked");
    expect(judged(hooksKey("db", "dump"), hooksKey("web", "other"))).toBe("blocked");
    expect(judged(hooksKey("web", "dump"))).toBe("open");
  });

  test("does not pass with a new unit that has another unit's verified text", () => {
    const twin = change("create", "twin.container", { digest: "digest of web.container" });
    expect(judge(gateInput({ ...sick, plan: plan([twin]) })).state).toBe("blocked");
  });

  test("may remove a unit that was never in force", () => {
    const revert = plan([change("update", "web.container"), change("delete", "new.container")]);
    const inventory = owns("web.container", ["new.container", { digest: null }]);
    expect(judge(gateInput({ ...sick, plan: revert, inventory })).state).toBe("open");
  });

  test.each(["verified", "in force and forgotten among the verified ones"])(
    "must not remove a unit that was %s",
    (what) => {
      const unit = what === "verified" ? "db.container" : "new.container";
      const removal = plan([change("update", "web.container"), change("delete", unit)]);
      expect(judge(gateInput({ ...sick, plan: removal })).state).toBe("blocked");
      expect(judge(gateInput({ ...sick, plan: plan([change("delete", unit)]) })).state).toBe("blocked");
    },
  );

  test("is switched off by gate.restore: deny", () => {
    expect(judge(gateInput({ ...sick, settings: gateSettings({ restore: "deny" }) })).state).toBe("blocked");
  });
});

test("a person's words stay on one line with the rest of the reason", () => {
  const verdict = judge(
    gateInput({ health: healthy(10), force: { reason: "disk\nGate: open (health score 99, proceed)" } }),
  );
  expect(verdict.reasons[0]?.message).toBe(
    "a person overrode the gate: disk Gate: open (health score 99, proceed)",
  );
});
