import type { LiveState } from "../model/live.ts";
import type { Change, Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { ServiceTexts } from "../quadlet/generated.ts";
import { isUnderWay, type Part, type PartOf, partsOf } from "../quadlet/jobs.ts";

/** The host as it is now, for what a change may do with a service. */
export interface LoadedHost {
  readonly live: Pick<LiveState, "services">;
  /** The services that systemd has loaded from the generator. */
  readonly loaded: ServiceTexts;
}

/** The parts of services by the texts that systemd has loaded. */
export function loadedParts({ live, loaded }: LoadedHost): PartOf {
  return partsOf({ services: loaded, units: [], live });
}

/**
 * A change that starts and restarts nothing if the service is a job, or waits for its socket or path, or for
 * a person. Only what the sync itself had started as a service is stopped when it becomes a job.
 */
export function asLoaded(change: Change, part: Part, host: LoadedHost, loadedPartOf: PartOf): Change {
  const { role } = part;
  const state = host.live.services.get(change.service ?? "");
  if (role === "runs" || (role !== "job" && isUnderWay(state))) return change;
  const loadOnly = role === "job" ? role : "triggered";
  if (change.action === "none") return { ...change, loadOnly };
  const wasService =
    host.loaded.has(change.service ?? "") && loadedPartOf(change.service ?? "").role !== "job";
  const stops = role === "job" && wasService && state?.activeState === "active";
  return {
    ...change,
    action: change.action === "restart" ? "update" : change.action,
    loadOnly,
    ...(stops && { stops }),
    reasons: [...change.reasons, why(change, part, isUnderWay(state) && !stops)],
  };
}

function why({ service }: Change, { role, by }: Part, runs: boolean): Reason {
  const names = by.join(", ");
  const starts = by.length > 1 ? "start" : "starts";
  if (role === "triggered") {
    return reason("trigger-loaded", `loaded, not started: ${names} ${starts} it when it is needed`);
  }
  if (role === "static") {
    const message = "loaded, not started: it has no [Install] section, and no unit of git needs it";
    return reason("trigger-loaded", message);
  }
  if (runs) return reason("job-loaded", `loaded; ${service} is under way, and ends as it began`);
  const who =
    names === "" ? "it is a oneshot without [Install] that nothing needs" : `${names} ${starts} this job`;
  return reason("job-loaded", `loaded, not started: ${who}`);
}
