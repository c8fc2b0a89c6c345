import fc from "fast-check";
import { expect, test } from "vitest";
import { type GateInput, judge } from "../../src/gate/index.ts";
import type { HealthResult } from "../../src/model/health.ts";
import type { GateState } from "../../src/model/plan.ts";
import { REASONS } from "../../src/model/reasons.ts";
import { change, gateInput, gateSettings, healthy, owns, plan } from "../support/gate-input.ts";

const OPENNESS: Readonly<Record<GateState, number>> = { blocked: 0, held: 1, open: 2 };

const names = ["a", "b", "c", "d", "e"];
const score = fc.integer({ min: 0, max: 100 });
const limit = fc.option(score, { nil: undefined });
const units = fc.subarray(names.map((name) => `${name}.container`));

const changes = fc
  .tuple(...names.map(() => fc.constantFrom("create", "update", "restart", "delete", "none", null)))
  .map((actions) =>
    actions.flatMap((action, i) => (action ? [change(action, `${names[i]}.container`)] : [])),
  );

/** Any input but for the health, which each property chooses. */
const situation: fc.Arbitrary<Omit<GateInput, "health">> = fc.record({
  plan: changes.map((list) => plan(list)),
  inventory: units.map((list) => owns(...list)),
  files: units.map((list) => new Map(list.map((unit) => [unit, { digest: "somebody's" }]))),
  settings: fc
    .tuple(score, score, fc.constantFrom("hold", "proceed"), fc.constantFrom("allow", "deny"))
    .map(([a, b, onConfirm, restore]) =>
      gateSettings({ block: Math.min(a, b), confirm: Math.max(a, b), onConfirm, restore }),
    ),
  instanceGates: fc
    .array(fc.tuple(fc.constantFrom(...names), fc.record({ block: limit, confirm: limit })))
    .map((rows) => new Map(rows)),
  approval: fc.constantFrom(
    null,
    { digest: "the plan", expiresAt: "2026-01-01T12:30:00Z" },
    { digest: "another plan", expiresAt: "2026-01-01T12:30:00Z" },
    { digest: "the plan", expiresAt: "2025-01-01T00:00:00Z" },
  ),
  verified: units.map((list) => new Set(list.map((unit) => `digest of ${unit}`))),
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

test("no report is never better than the worst one", () => {
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

test("force changes nothing but what health decided", () => {
  fc.assert(
    fc.property(situation, score, (input, any) => {
      const forced = judge({ ...input, health: healthy(any), force: { reason: "because" } });
      const healthyHost = judge({ ...input, health: healthy(100), settings: gateSettings({ confirm: 99 }) });
      const gates = [...input.instanceGates.values()];
      fc.pre(gates.every((gate) => (gate.block ?? 0) < 100 && (gate.confirm ?? 0) < 100));
      expect(forced.state).toBe(healthyHost.state);
    }),
    { numRuns: 2000 },
  );
});

test("every verdict has reasons, all of them listed", () => {
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

test("a file that quadgate does not own is never overwritten, whatever else is said", () => {
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
