import type { Context } from "./context.ts";
import { bandOf } from "./gate/index.ts";
import { settingsAtHead } from "./head-settings.ts";
import { openState } from "./history/index.ts";
import type { Band, HealthResult } from "./model/health.ts";
import type { FailedAttempt } from "./model/inventory.ts";
import type { ServiceState } from "./model/live.ts";
import { serviceOf, textAt } from "./model/live.ts";
import type { Approval, HeldPlan, SyncRecord } from "./model/record.ts";
import { listSuspended, type SuspendedInstance } from "./model/suspension.ts";
import { askHealth } from "./observe/health/index.ts";

export interface UnitStatus {
  readonly instance: string;
  readonly unit: string;
  readonly service: string | null;
  readonly revision: string | null;
  readonly pending: string | null;
  readonly active: string;
  /** podman's word: `healthy`, `unhealthy`, `starting`; empty without a health check. */
  readonly health: string;
}

export interface Status {
  readonly host: string;
  readonly appliedRevision: string | null;
  readonly attemptedRevision: string | null;
  readonly lastSync: SyncRecord | null;
  readonly held: HeldPlan | null;
  /** An approval that still counts and that no sync has used up. */
  readonly approval: Pick<Approval, "digest" | "expiresAt"> | null;
  readonly suspended: readonly SuspendedInstance[];
  readonly failed: Readonly<Record<string, FailedAttempt>>;
  readonly units: readonly UnitStatus[];
}

/** What quadgate has in its books, beside what systemd and podman say of it. Reads only. */
export async function readStatus(context: Context): Promise<Status> {
  const { host } = context;
  const state = openState(host);
  const [inventory, records, held, approval, suspended] = await Promise.all([
    state.readInventory(),
    state.readRecords(),
    state.readHeld(),
    state.readApproval(),
    state.readSuspensions(host.clock.now().getTime()),
  ]);
  const owned = Object.entries(inventory.units).filter(([, unit]) => unit.service !== null);
  const [services, containers] = await Promise.all([
    host.systemd.services(owned.flatMap(([, unit]) => unit.service ?? [])),
    host.podman.containers(),
  ]);
  const health = new Map(
    containers.map((container) => [serviceOf(container), textAt(container, "State", "Health", "Status")]),
  );
  const last = records.at(-1) ?? null;
  return {
    host: host.facts.name,
    appliedRevision: inventory.appliedRevision,
    attemptedRevision: last?.revision ?? null,
    lastSync: last,
    held,
    approval: inForce(approval, host.clock.now()),
    suspended: listSuspended(suspended, inventory.suspended),
    failed: inventory.failed,
    units: owned.map(([unit, { instance, service, revision, pending }]) => ({
      instance,
      unit,
      service,
      revision,
      pending: pending?.action ?? null,
      active: describe(services.get(service ?? "")),
      health: health.get(service ?? "") ?? "",
    })),
  };
}

function inForce(approval: Approval | null, now: Date): Status["approval"] {
  if (approval === null || !(now.getTime() < Date.parse(approval.expiresAt ?? ""))) return null;
  const { digest, expiresAt } = approval;
  return { digest, expiresAt };
}

function describe(service: ServiceState | undefined): string {
  if (service === undefined) return "unknown";
  return service.loadState === "loaded" ? service.activeState : service.loadState;
}

/**
 * The health report of this moment and its band; a failure to get one is in the block band. `provider` is asked instead of
 * that of the settings.
 */
export async function healthNow(
  context: Context,
  provider?: "builtin",
  signal?: AbortSignal,
): Promise<{ result: HealthResult; band: Band }> {
  const settings = await settingsAtHead(context);
  const asked = provider === undefined ? settings.health : { ...settings.health, provider };
  const result = await askHealth(context.host, asked, signal);
  return { result, band: result.ok ? bandOf(result.report.score, settings.gate) : "block" };
}
