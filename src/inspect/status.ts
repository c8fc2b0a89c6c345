import { bandOf } from "../gate/index.ts";
import type { Band, HealthResult } from "../model/health.ts";
import type { Host } from "../model/host.ts";
import type { FailedAttempt, Inventory, InventoryUnit } from "../model/inventory.ts";
import { type Json, type ServiceState, serviceOf, textAt } from "../model/live.ts";
import {
  type Approval,
  type HeldPlan,
  PUT_BACK_TRIGGER,
  type SyncRecord,
  stillCounts,
} from "../model/record.ts";
import { listSuspended, type SuspendedInstance } from "../model/suspension.ts";
import { type TextStatus, textStatuses } from "../model/text-status.ts";
import { templateServiceOf } from "../model/unit.ts";
import { askHealth } from "../observe/health/ask-health.ts";
import { readGenerated, readPlain } from "../observe/live.ts";
import type { Context } from "../planning/context.ts";
import { settingsAtHead } from "../planning/head-settings.ts";
import { partsOf, type Role } from "../quadlet/jobs.ts";
import { loadedTexts } from "../quadlet/plain-units.ts";
import { type JobStatus, readJobs } from "./jobs.ts";

/**
 * A unit with the state of its service. A template has a row of its own, and one for each of its instances.
 */
interface UnitStatus {
  readonly instance: string;
  readonly unit: string;
  readonly service: string;
  readonly revision: string | null;
  readonly pending: string | null;
  /** systemd's word for the state; `template` for a template, which does not run itself. */
  readonly active: string;
  /**
   * podman's word: `healthy`, `unhealthy`, `starting`; the worst of several containers; empty without a
   * check.
   */
  readonly health: string;
  /** `runs`; `job`: a timer or a person starts it; `triggered`: a socket or a path does. */
  readonly role: Role;
  /** Null if it is no job. */
  readonly job: JobStatus | null;
}

export interface Status {
  readonly host: string;
  /** When it was read, in ISO 8601. */
  readonly observedAt: string;
  readonly appliedRevision: string | null;
  /** That of the last sync that began: the records are in the order in which syncs ended. */
  readonly attemptedRevision: string | null;
  readonly lastSync: SyncRecord | null;
  readonly held: HeldPlan | null;
  /** An approval that still counts and that no sync has used. */
  readonly approval: Pick<Approval, "digest" | "expiresAt"> | null;
  readonly suspended: readonly SuspendedInstance[];
  /** Instances that git no longer has and that run on because they said `prune: false`. */
  readonly orphaned: readonly string[];
  readonly failed: Readonly<Record<string, FailedAttempt>>;
  /** How far the texts in force have proved themselves. */
  readonly instances: readonly TextStatus[];
  readonly units: readonly UnitStatus[];
}

/** Putting a text back attempts no revision. */
function attemptedIn(records: readonly SyncRecord[]): string | null {
  const attempts = records.filter(({ trigger }) => trigger !== PUT_BACK_TRIGGER);
  return attempts.toSorted(byStart).at(-1)?.revision ?? null;
}

function byStart(a: SyncRecord, b: SyncRecord): number {
  return Date.parse(a.startedAt) - Date.parse(b.startedAt);
}

/** What quadgate has recorded, with what systemd and podman report about it. Only reads. */
export async function readStatus(context: Context): Promise<Status> {
  const { host } = context;
  const { state } = context;
  const [inventory, records, held, approval, suspended] = await Promise.all([
    state.readInventory(),
    state.readRecords(),
    state.readHeld(),
    state.readApproval(),
    state.readSuspensions(host.clock.now().getTime()),
  ]);
  const [runs, containers] = await Promise.all([readRuns(host, inventory), host.podman.containers()]);
  const health = healthByService(containers);
  const last = records.at(-1) ?? null;
  return {
    host: host.facts.name,
    observedAt: host.clock.now().toISOString(),
    appliedRevision: inventory.appliedRevision,
    attemptedRevision: attemptedIn(records),
    lastSync: last,
    held,
    approval: inForce(approval, host.clock.now()),
    suspended: listSuspended(suspended, inventory.suspended),
    orphaned: inventory.orphaned,
    failed: inventory.failed,
    instances: textStatuses(inventory),
    units: runs.owned.map(({ instance, unit, service, revision, pending }) => ({
      instance,
      unit,
      service,
      revision,
      pending: pending?.action ?? null,
      active: isTemplate(service) ? "template" : describe(runs.services.get(service)),
      health: health.get(service) ?? "",
      role: runs.partOf(service).role,
      job: runs.jobs.get(service) ?? null,
    })),
  };
}

/** The services of what quadgate owns, as systemd has them loaded. */
async function readRuns(host: Host, inventory: Inventory) {
  const owned = await servicesOf(host, inventory);
  const names = owned.map(({ service }) => service);
  const [services, texts, plain] = await Promise.all([
    host.systemd.services(names.filter((name) => !isTemplate(name))),
    readGenerated(host, names),
    readPlain(host, Object.keys(inventory.units)),
  ]);
  const loaded = loadedTexts({ generated: texts, files: plain }, host.facts);
  const partOf = partsOf({ services: loaded, units: [], live: { services } });
  const jobs = names.filter((name) => !isTemplate(name) && partOf(name).role === "job");
  return { owned, services, partOf, jobs: await readJobs(host, jobs, { services, partOf }) };
}

/** The health of each service: that of its worst container (a pod of Kubernetes YAML has several). */
function healthByService(containers: readonly Json[]): ReadonlyMap<string, string> {
  const worst = new Map<string, string>();
  for (const container of containers) {
    const service = serviceOf(container);
    const health = textAt(container, "State", "Health", "Status");
    if (gravityOf(health) >= gravityOf(worst.get(service) ?? "")) worst.set(service, health);
  }
  return worst;
}

function gravityOf(health: string): number {
  const gravity = ["", "healthy", "starting", "unhealthy"].indexOf(health);
  return gravity < 0 ? gravityOf("starting") : gravity;
}

type OwnedService = InventoryUnit & { readonly unit: string; readonly service: string };

/**
 * The services of what quadgate owns. After a template follow those of its instances that systemd has loaded.
 */
async function servicesOf({ systemd }: Host, { units }: Inventory): Promise<readonly OwnedService[]> {
  const owned = Object.entries(units).flatMap(([unit, known]) => {
    const service = known.service ?? templateServiceOf(unit);
    return service === undefined ? [] : [{ ...known, unit, service }];
  });
  const templates = owned.filter(({ service }) => isTemplate(service));
  const named = new Set(owned.map(({ service }) => service));
  const instances = await systemd.unitsLike(templates.map(({ service }) => service.replace("@.", "@*.")));
  const others = instances.filter((name) => !named.has(name));
  return owned.flatMap((one) => {
    const own = others.filter((name) => name.replace(/@.*\./, "@.") === one.service);
    return [one, ...own.map((service) => ({ ...one, service }))];
  });
}

const isTemplate = (service: string) => service.includes("@.");

function inForce(approval: Approval | null, now: Date): Status["approval"] {
  if (approval === null || !stillCounts(approval, now)) return null;
  const { digest, expiresAt } = approval;
  return { digest, expiresAt };
}

function describe(service: ServiceState | undefined): string {
  if (service === undefined) return "unknown";
  return service.loadState === "loaded" ? service.activeState : service.loadState;
}

/**
 * The health report of this moment and its band. A failure to get a report counts as the block band.
 * `provider` replaces that of the settings.
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
