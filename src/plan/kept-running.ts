import type { LiveState } from "../model/live.ts";
import type { Change, Reason } from "../model/plan.ts";
import { type ReasonCode, reason } from "../model/reasons.ts";
import { mainUnitOf, unitKindOf } from "../model/unit.ts";
import type { StopLinks } from "../quadlet/links.ts";
import { type StoppedServices, stoppedServices } from "./stopped-services.ts";

/**
 * A service that no plan may stop: a person suspended it, quadgate cannot read what it asks of the gate, or
 * it is a job under way.
 */
export interface KeptService {
  readonly instance: string;
  readonly why: "suspended" | "unread" | "job";
}

/** The services of `owners` that must keep running. `unread`: instances whose manifests cannot be read. */
export function keptServices(
  owners: readonly Pick<Change, "service" | "instance">[],
  leftAlone: ReadonlyMap<string, Reason>,
  unread: ReadonlySet<string>,
): ReadonlyMap<string, KeptService> {
  const kept = new Map<string, KeptService>();
  for (const { service, instance } of owners) {
    const isSuspended = leftAlone.get(instance)?.code === "instance-suspended";
    if (service === null || !(isSuspended || unread.has(instance))) continue;
    kept.set(service, { instance, why: isSuspended ? "suspended" : "unread" });
  }
  return kept;
}

/**
 * Leaves a unit as it is if its restart, stop or start would stop a running service that must keep running.
 * `links` include the units to delete.
 */
export function keepRunning(
  changes: readonly Change[],
  kept: ReadonlyMap<string, KeptService>,
  links: StopLinks,
  live: LiveState,
): readonly Change[] {
  const takenBy = stoppedServices(changes, kept.keys(), links, live);
  return changes.map((change) => keep(change, takenBy.get(mainUnitOf(change.unit)), kept));
}

function keep(
  change: Change,
  users: StoppedServices | undefined,
  kept: ReadonlyMap<string, KeptService>,
): Change {
  if (users === undefined || change.action === "none") return change;
  const reasons = [...users.bound, ...users.opposed].flatMap((service) => {
    const how = kept.get(service);
    const stopped = users.bound.includes(service) ? "stopped with it" : "stopped by its start (Conflicts=)";
    return how === undefined ? [] : [staysFor(change.unit, service, stopped, how)];
  });
  return { ...change, action: "none", reasons, diff: [] };
}

function staysFor(unit: string, service: string, stopped: string, { instance, why }: KeptService): Reason {
  const because = {
    suspended: `${service} is suspended and would be ${stopped}`,
    unread: `${service} would be ${stopped}, and quadgate cannot read what ${instance} asks of the gate`,
    job: `${service} is a job under way and would be ${stopped}`,
  }[why];
  const isNetwork = unitKindOf(unit) === "network" && why !== "job";
  return reason(isNetwork ? "network-in-use" : CODES[why], `${unit} stays as it is because ${because}`);
}

const CODES = {
  suspended: "dependant-suspended",
  unread: "dependant-invalid",
  job: "job-running",
} as const satisfies Record<KeptService["why"], ReasonCode>;
