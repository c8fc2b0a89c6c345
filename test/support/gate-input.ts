import type { GateInput } from "../../src/gate/index.ts";
import type { HealthFinding, HealthResult } from "../../src/model/health.ts";
import { EMPTY_INVENTORY, type Inventory, type InventoryUnit } from "../../src/model/inventory.ts";
import type { Action, Change, Plan } from "../../src/model/plan.ts";
import { textKey } from "../../src/model/unit.ts";

/** A change of the instance that the unit's name begins with. */
export function change(action: Action, unit: string, overrides: Partial<Change> = {}): Change {
  return {
    instance: unit.split(".")[0] ?? unit,
    unit,
    service: `${unit.split(".")[0]}.service`,
    action,
    reasons: [],
    diff: [],
    digest: action === "delete" ? null : `digest of ${unit}`,
    ...overrides,
  };
}

export function plan(changes: readonly Change[], overrides: Partial<Plan> = {}): Plan {
  const summary = { create: 0, update: 0, restart: 0, delete: 0, none: 0 };
  for (const { action } of changes) summary[action] += 1;
  return {
    revision: "c0ffee",
    host: "htpc",
    digest: "the plan",
    changes,
    summary,
    levels: [],
    leftAlone: new Map(),
    sideEffects: new Set(),
    issues: [],
    warnings: [],
    ...overrides,
  };
}

/** A good report with this score. */
export function healthy(
  score: number,
  findings: { critical?: readonly HealthFinding[]; warnings?: readonly HealthFinding[] } = {},
): HealthResult {
  const report = {
    provider: "homelab-intel.sh",
    score,
    observedAt: "2026-01-01T11:59:50.000Z",
    critical: findings.critical ?? [],
    warnings: findings.warnings ?? [],
    info: [],
    metrics: {},
  };
  return { ok: true, report };
}

/** The texts that `change` gives these units, as verified. */
export function verifiedAs(...units: readonly string[]): ReadonlySet<string> {
  return new Set(units.map((unit) => textKey(unit, `digest of ${unit}`)));
}

/** An inventory of units that were applied, each with the digest that `change` gives it. */
export function owns(...units: readonly (string | [string, Partial<InventoryUnit>])[]): Inventory {
  const rows = units.map((entry) => {
    const [unit, overrides] = typeof entry === "string" ? [entry, {}] : entry;
    const instance = unit.split(".")[0] ?? unit;
    const row = { instance, service: `${instance}.service`, digest: `digest of ${unit}`, revision: "c0ffee" };
    return [unit, { ...row, ...overrides }] as const;
  });
  return { ...EMPTY_INVENTORY, units: Object.fromEntries(rows) };
}

/** One update on a perfectly healthy host with the default settings, and what the test changes of that. */
export function gateInput(overrides: Partial<GateInput> = {}): GateInput {
  return {
    plan: plan([change("update", "web.container")]),
    inventory: owns("web.container"),
    files: new Map(),
    health: healthy(100),
    settings: gateSettings(),
    instanceGates: new Map(),
    closed: null,
    dependants: new Map(),
    images: new Map(),
    approval: null,
    verified: new Set(),
    force: null,
    allowEmpty: false,
    allowPrune: false,
    now: "2026-01-01T12:00:00.000Z",
    ...overrides,
  };
}

export function gateSettings(overrides: Partial<GateInput["settings"]> = {}): GateInput["settings"] {
  return {
    block: 70,
    confirm: 85,
    onConfirm: "hold",
    onHighRisk: "hold",
    restore: "allow",
    approvalFor: 3_600_000,
    retry: { attempts: 1, wait: 20_000 },
    windows: {},
    prune: { enabled: true, maxFraction: 0.5 },
    ...overrides,
  };
}
