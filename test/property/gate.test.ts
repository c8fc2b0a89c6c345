import fc from "fast-check";
import { expect, test } from "vitest";
import { type GateInput, judge, type WindowClosure } from "../../src/gate/index.ts";
import { isRestore } from "../../src/gate/restore.ts";
import { assessRisk } from "../../src/gate/risk/assess-risk.ts";
import type { HealthResult } from "../../src/model/health.ts";
import type { GateState } from "../../src/model/plan.ts";
import { REASONS } from "../../src/model/reasons.ts";
import { change, gateInput, gateSettings, healthy, owns, plan, verifiedAs } from "../support/gate-input.ts";

const OPENNESS: Readonly<Record<GateState, number>> = { blocked: 0, held: 1, open: 2 };

const names = ["a", "b", "c", "d", "e"];
const service = (name: string) => `${name}.service`;
const score = fc.integer({ min: 0, max: 100 });
const limit = fc.option(score, { nil: undefined });
const units = fc.subarray(names.map((name) => `${name}.container`));

const changes = fc
  .tuple(...names.map(() => fc.constantFrom("create", "update", "restart", "delete", "none", null)))
  .map((actions) =>
    actions.flatMap((action, i) => (action ? [change(action, `${names[i]}.container`)] : [])),
  );

const closed = (kind: WindowClosure["kind"]): WindowClosure => ({
  kind,
  by: null,
  windows: [],
  opensAt: null,
});

/** Any input but for the health, which each property chooses. */
const situation: fc.Arbitrary<Omit<GateInput, "health">> = fc.record({
  plan: changes.map((list) => plan(list)),
  inventory: units.map((list) => owns(...list)),
  files: units.map((list) => new Map(list.map((unit) => [unit, { digest: "somebody's" }]))),
  settings: fc
    .tuple(
      score,
      score,
      fc.constantFrom("hold", "proceed"),
      fc.constantFrom("hold", "proceed"),
      fc.constantFrom("allow", "deny"),
    )
    .map(([a, b, onConfirm, onHighRisk, restore]) =>
      gateSettings({ block: Math.min(a, b), confirm: Math.max(a, b), onConfirm, onHighRisk, restore }),
    ),
  instanceGates: fc
    .array(fc.tuple(fc.constantFrom(...names), fc.record({ block: limit, confirm: limit })))
    .map((rows) => new Map(rows)),
  closed: fc.constantFrom(null, null, closed("frozen"), closed("outside")),
  dependants: fc
    .array(fc.tuple(fc.constantFrom(...names), fc.subarray([...names, "f", "g"])))
    .map((rows) => new Map(rows.map(([name, others]) => [service(name), new Set(others.map(service))]))),
  images: units.map(
    (list) => new Map(list.map((unit) => [unit, { reference: "app:1", next: "new", running: [] }])),
  ),
  approval: fc.constantFrom(
    null,
    { digest: "the plan", expiresAt: "2026-01-01T12:30:00Z" },
    { digest: "another plan", expiresAt: "2026-01-01T12:30:00Z" },
    {
      digest: "another plan",
      expiresAt: "2026-01-01T12:30:00Z",
      begun: ["a.container", "b.container"].map((unit) => ({ unit, digest: `digest of ${unit}` })),
    },
    { digest: "the plan", expiresAt: "2025-01-01T00:00:00Z" },
  ),
  verified: units.map((list) => verifiedAs(...list)),
  force: fc.constantFrom(null, null, { reason: "because" }),
  allowEmpty: fc.boolean(),
  allowPrune: fc.boolean(),
  now: fc.constant("2026-01-01T12:00:00.000Z"),
});

const noReport: fc.Arbitrary<HealthResult | null> = fc.constantFrom(
  null,
  { ok: false, code: "report-missing", message: "none", provider: "x" },
  { ok: false, code: "report-stale", message: "old", provider: "x" },
);

function openness(input: GateInput): number {
  return OPENNESS[judge(input).state];
}

test("a worse score never opens the gate further", () => {
  fc.assert(
    fc.property(situation, score, score, (input, a, b) => {
      const worse = openness({ ...input, health: healthy(Math.min(a, b)) });
      const better = openness({ ...input, health: healthy(Math.max(a, b)) });
      expect(worse).toBeLessThanOrEqual(better);
    }),
    { numRuns: 2000 },
  );
});

test("a missing report is never better than the worst one", () => {
  fc.assert(
    fc.property(situation, noReport, score, (input, health, any) => {
      expect(openness({ ...input, health })).toBeLessThanOrEqual(
        openness({ ...input, health: healthy(any) }),
      );
    }),
    { numRuns: 2000 },
  );
});

test("the gate of an instance never opens what the settings keep closed", () => {
  fc.assert(
    fc.property(situation, score, (input, any) => {
      const health = healthy(any);
      const without = openness({ ...input, health, instanceGates: new Map() });
      expect(openness({ ...input, health })).toBeLessThanOrEqual(without);
    }),
    { numRuns: 2000 },
  );
});

test("force changes only what health, risk and windows decided", () => {
  fc.assert(
    fc.property(situation, score, (input, any) => {
      const forced = judge({ ...input, health: healthy(any), force: { reason: "because" } });
      const healthyHost = judge({
        ...input,
        health: healthy(100),
        closed: null,
        settings: gateSettings({ confirm: 99, onHighRisk: "proceed" }),
      });
      const gates = [...input.instanceGates.values()];
      fc.pre(gates.every((gate) => (gate.block ?? 0) < 100 && (gate.confirm ?? 0) < 100));
      expect(forced.state).toBe(healthyHost.state);
    }),
    { numRuns: 2000 },
  );
});

test("a worse score never makes the risk smaller", () => {
  const rank = { low: 0, medium: 1, high: 2 };
  fc.assert(
    fc.property(situation, score, score, (input, a, b) => {
      const worse = assessRisk({ ...input, health: healthy(Math.min(a, b)) });
      const better = assessRisk({ ...input, health: healthy(Math.max(a, b)) });
      expect(rank[worse.level]).toBeGreaterThanOrEqual(rank[better.level]);
      expect(assessRisk({ ...input, health: null }).level).toBe(
        assessRisk({ ...input, health: healthy(0) }).level,
      );
    }),
    { numRuns: 2000 },
  );
});

test("a plan of high risk never passes by itself, except a restore or if the settings allow it", () => {
  const all = names.map((name) => `${name}.container`);
  const removal = {
    plan: plan(all.map((unit) => change("delete", unit))),
    inventory: owns(...all, "f.container"),
  };
  const nobody = { approval: null, force: null, allowPrune: false, allowEmpty: false };
  let high = 0;
  fc.assert(
    fc.property(situation, score, fc.boolean(), (any, points, removesAll) => {
      const input = { ...any, ...nobody, ...(removesAll ? removal : {}), health: healthy(points) };
      const verdict = judge(input);
      if (verdict.risk.level !== "high") return;
      high += 1;
      if (verdict.state === "open")
        expect(input.settings.onHighRisk === "proceed" || isRestore(input)).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect(high).toBeGreaterThan(100);
});

test("every verdict has reasons, and each reason has a known code", () => {
  fc.assert(
    fc.property(
      situation,
      fc.oneof(
        score.map((any) => healthy(any)),
        noReport,
      ),
      (input, health) => {
        const { reasons } = judge({ ...input, health });
        expect(reasons.length).toBeGreaterThan(0);
        expect(reasons.every(({ code, message }) => code in REASONS && message !== "")).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});

test("a file that quadgate does not own is never overwritten, whatever else is asked for", () => {
  fc.assert(
    fc.property(situation, (input) => {
      const target = "new.container";
      const verdict = judge(
        gateInput({
          ...input,
          plan: plan([...input.plan.changes, change("create", target)]),
          files: new Map([[target, { digest: "somebody's" }]]),
          health: healthy(100),
        }),
      );
      expect(verdict.state).toBe("blocked");
    }),
  );
});
