import type { LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import { mainUnitOf, templateServiceOf } from "../model/unit.ts";
import { isUnderWay, type PartOf } from "../quadlet/jobs.ts";
import { templateOf } from "../quadlet/service-names.ts";
import type { KeptService } from "./kept-running.ts";
import { isRestarted } from "./propagated-restarts.ts";

/** Jobs that run now, to their instances. No plan may stop them. `loadedPartOf`: by the loaded texts. */
export function jobsUnderWay(
  owners: readonly Pick<Change, "unit" | "service" | "instance">[],
  live: Pick<LiveState, "services">,
  loadedPartOf: PartOf,
): ReadonlyMap<string, KeptService> {
  const instances = new Map(
    owners.map(({ unit, service, instance }) => [service ?? templateServiceOf(unit), instance] as const),
  );
  return new Map(
    [...live.services].flatMap(([service, state]) => {
      const instance = instances.get(service) ?? instances.get(templateOf(service));
      if (instance === undefined || !isUnderWay(state) || loadedPartOf(service).role !== "job") return [];
      return [[service, { instance, why: "job" as const }]];
    }),
  );
}

/** Keeps units, with their drop-ins, whose own job is under way and would be stopped by the change. */
export function keepJobs(
  changes: readonly Change[],
  jobs: ReadonlyMap<string, KeptService>,
): readonly Change[] {
  if (jobs.size === 0) return changes;
  const kept = new Map(
    changes.flatMap((change) => {
      // An update of a template leaves the instances that are jobs alone.
      if (change.action !== "delete" && (change.service === null || !isRestarted(change))) return [];
      const job = ownJob(change, jobs);
      return job === undefined ? [] : [[change.unit, job] as const];
    }),
  );
  return changes.map((change) => {
    const job = kept.get(mainUnitOf(change.unit));
    if (job === undefined || change.action === "none") return change;
    const message = `${job} is a job under way; the unit stays as it is until the job ends`;
    return { ...change, action: "none" as const, reasons: [reason("job-running", message)], diff: [] };
  });
}

function ownJob({ unit, service }: Change, jobs: ReadonlyMap<string, KeptService>): string | undefined {
  if (service !== null) return jobs.has(service) ? service : undefined;
  const template = templateServiceOf(unit);
  return template && [...jobs.keys()].find((name) => templateOf(name) === template);
}
