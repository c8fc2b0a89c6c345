import type { ServiceState } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import { lastValueOf, type UnitText, valuesOf } from "./argv/unit-text.ts";
import type { ServiceTexts } from "./generated.ts";
import { isInstalled } from "./plain-units.ts";
import { isTemplate, templateOf } from "./service-names.ts";
import { isTrigger, triggersIn } from "./triggers.ts";

/**
 * What a sync may do with a service. `runs`: the sync starts it, and it is up or ends well. `job`: a timer or
 * a person starts it, and a sync never starts or stops it. `triggered`: a socket or a path starts it when it
 * is needed, and a sync restarts it only if it runs. `static`: a plain unit without `[Install]` that nothing
 * needs; a person starts it, and a sync restarts it only if it runs.
 */
export type Role = "runs" | "job" | "triggered" | "static";

/** A service's role, and the names of the timers, sockets and paths that start it. */
export interface Part {
  readonly role: Role;
  readonly by: readonly string[];
}

export type PartOf = (service: string) => Part;

export interface PartFacts {
  readonly services: ServiceTexts;
  /** The timers, sockets and paths among these count as loaded. */
  readonly units: readonly Pick<Unit, "name" | "content">[];
  /** Names of units that are removed: they start nothing any more. Absent: none. */
  readonly removed?: Iterable<string>;
  readonly live: { readonly services: ReadonlyMap<string, Pick<ServiceState, "triggeredBy">> };
}

/** Sections of the services of networks, volumes, images, builds and pods, which are not jobs. */
const NOT_JOBS = ["X-Network", "X-Volume", "X-Image", "X-Build", "X-Pod"];
/** `[Unit]` keys by which another unit needs a service or starts it. */
const WANTING_KEYS = ["Requires", "Requisite", "BindsTo", "Wants", "Upholds"];

/**
 * The one definition of a job: what a timer starts, or a oneshot without `[Install]` that nothing needs but
 * jobs. A timer counts for more than `[Install]`; a socket or a path does not.
 */
export function partsOf(facts: PartFacts): PartOf {
  const { services } = facts;
  const triggersOf = triggersByService(facts);
  const wanting = wantingUnits(services);
  const known = new Map<string, Part>();
  const partOf = (service: string): Part => {
    const found = known.get(service);
    if (found !== undefined) return found;
    const by = triggersOf(service);
    // Units that want each other are no reason to run any of them.
    known.set(service, { role: "job", by });
    const part = { role: roleOf(service, by), by };
    known.set(service, part);
    return part;
  };
  const isNeeded = (service: string) =>
    [...(wanting.get(service) ?? [])].some((name) => !/^(job|static)$/.test(partOf(name).role));
  const roleOf = (service: string, by: readonly string[]): Role => {
    const found = services.get(service) ?? services.get(templateOf(service));
    if (found === undefined) return "runs";
    const installed = isInstalled(found);
    const idle = () => (found.plain === undefined || installed || isNeeded(service) ? "runs" : "static");
    if (!mayBeJob(service, found.text)) return idle();
    if (by.some((name) => name.endsWith(".timer"))) return "job";
    if (isOneshot(found.text)) return installed || isNeeded(service) ? "runs" : "job";
    return by.length > 0 && !installed ? "triggered" : idle();
  };
  return partOf;
}

/** The triggers of each service: the loaded ones, and those in git. */
function triggersByService({ units, removed = [], live }: PartFacts): (service: string) => readonly string[] {
  const declared = triggersIn(units);
  // A trigger's text in git says what it starts, whatever the loaded one still does.
  const replaced = new Set([...units.map(({ name }) => name), ...removed].filter(isTrigger).map(baseName));
  return (service) => {
    const loaded = live.services.get(service)?.triggeredBy ?? [];
    const current = loaded.filter((name) => !replaced.has(name));
    return [...new Set([...current, ...(declared.get(service) ?? [])])].sort();
  };
}

function mayBeJob(service: string, text: UnitText): boolean {
  return service.endsWith(".service") && !NOT_JOBS.some((section) => text.has(section));
}

/** Whether a service runs to its end and is inactive then. */
export function isOneshot(text: UnitText): boolean {
  return lastValueOf(text, "Service", "Type") === "oneshot";
}

/** Service to those that need it. For a template: what needs one of its instances. */
function wantingUnits(services: ServiceTexts): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [service, { text }] of services) {
    const names = WANTING_KEYS.flatMap((key) => valuesOf(text, "Unit", key)).flatMap((value) =>
      value.split(/\s+/),
    );
    for (const name of new Set([...names, ...names.map(templateOf)])) {
      if (name !== service) found.set(name, (found.get(name) ?? new Set()).add(service));
    }
  }
  return found;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether the service has processes, or systemd starts or stops it. */
export function isUnderWay(state: Pick<ServiceState, "activeState" | "subState"> | undefined): boolean {
  const active = state?.activeState ?? "inactive";
  return active !== "inactive" && active !== "failed" && state?.subState !== "exited";
}

/** Whether a service is as it should be: up, ended well, or left to what starts it. */
export function isInOrder(
  service: string,
  text: UnitText | undefined,
  state: Pick<ServiceState, "activeState"> | undefined,
  partOf: PartOf,
): boolean {
  const active = state?.activeState ?? "active";
  if (active === "active" || active === "reloading" || isTemplate(service)) return true;
  const { role } = partOf(service);
  if (role === "job") return true;
  const mayWait = role === "triggered" || role === "static";
  return active === "inactive" && (mayWait || (text !== undefined && isOneshot(text)));
}
