import type { DriftKind, DriftStatus, FieldDrift } from "../model/drift.ts";
import { at, type Json, listAt, type ServiceState, serviceOf, textAt } from "../model/live.ts";
import { plainKindOf } from "../model/plain-unit.ts";
import { valuesOf } from "../quadlet/argv/unit-text.ts";
import { isOneshot, isUnderWay } from "../quadlet/jobs.ts";
import { describeLastRun } from "../quadlet/last-run.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import { UP } from "./plain-rows.ts";
import type { UnitContext } from "./unit-context.ts";
import { imageNames } from "./unit-object.ts";

interface Verdict {
  readonly status: DriftStatus;
  readonly live: string;
  readonly message?: string;
  readonly kinds?: readonly DriftKind[];
}

/** Whether the service and its object exist and are well. */
export function stateRow(context: UnitContext): FieldDrift {
  const { kind } = context.unit;
  if (isTemplate(context.service)) {
    const message = "systemd does not run a template itself; its instances are listed one by one";
    return { ...row("running", { status: "match", live: "", message }), cause: "unobservable" };
  }
  if (kind === "network" || kind === "volume") return objectRow(context, kind);
  if (kind === "image" || kind === "build") return imageRow(context);
  if (context.part.role === "job") return jobRow(context);
  if (context.part.role !== "runs" && !isUnderWay(context.state)) return waitingRow(context);
  if (context.plain !== undefined) return plainStateRow(context);
  const oneshot = isOneshot(context.desiredText);
  const verdict = serviceVerdict(context, oneshot) ?? runningVerdict(context, oneshot);
  return row(oneshot ? "finished" : "running", verdict);
}

function row(desired: string, verdict: Verdict): FieldDrift {
  const base: FieldDrift = { field: "state", desired, ...verdict };
  if (verdict.status === "match") return base;
  return { ...base, cause: "state", diff: [{ path: "state", from: desired, to: verdict.live }] };
}

/** Networks and volumes outlive their service, so a service may be inactive since the boot. */
function objectRow(context: UnitContext, what: string): FieldDrift {
  const name = context.objectName ?? "";
  const exists = context.object !== undefined;
  const failed = context.state?.activeState === "failed";
  if (exists && !failed) return row("present", { status: "match", live: "present" });
  if (exists) return row("present", { status: "warning", live: "present", message: failure(context.state) });
  const active = context.state?.activeState === "active";
  const message = active
    ? `${context.service} is active, but podman has no ${what} ${name}`
    : `podman has no ${what} ${name}`;
  return row("present", { status: "drift", live: "missing", message, kinds: ["missing"] });
}

/** An image outlives the service that pulls or builds it; the service has nothing to do then. */
function imageRow(context: UnitContext): FieldDrift {
  const { state, desired, desiredText, service } = context;
  const verdict = serviceVerdict(context, true);
  if (state?.activeState === "failed" && verdict) return row("present", verdict);
  const names = imageNames(desired);
  const isOpen = names.length === 0 || valuesOf(desiredText, "Service", "ExecStart").length > 1;
  if (context.object !== undefined || isOpen) return row("present", { status: "match", live: "present" });
  const message = `podman has no image ${names[0]}; ${service} makes it`;
  return row("present", { status: "drift", live: "missing", message, kinds: ["missing"] });
}

/** A job is as it should be once it is loaded, whatever its last run came to. */
function jobRow({ state, observedAt, part: { by } }: UnitContext): FieldDrift {
  const live = isUnderWay(state) ? "running" : "loaded";
  const run = live === "running" ? [] : [describeLastRun(state, Date.parse(observedAt))];
  const started = by.length > 0 ? [`started by ${by.join(", ")}`] : [];
  return row("loaded", { status: "match", live, message: ["a job", ...started, ...run].join("; ") });
}

/** A plain unit is well while systemd says that it is active; a oneshot, once it has ended well. */
function plainStateRow(context: UnitContext): FieldDrift {
  const oneshot = isOneshot(context.desiredText);
  const up = oneshot ? "finished" : UP[plainKindOf(context.unit.name) ?? "service"];
  const verdict = serviceVerdict(context, oneshot);
  // A timer may be running its job, and a socket may have handed over to its service.
  return row(up, verdict ?? { status: "match", live: oneshot ? up : (context.state?.subState ?? up) });
}

/** A failed service is no drift as long as its trigger starts it again, but worth a look. */
function waitingRow({ state, part: { role, by } }: UnitContext): FieldDrift {
  const waits =
    role === "static"
      ? "a person starts it: it has no [Install]"
      : `${by.join(", ")} starts it when it is needed`;
  if (state?.activeState !== "failed")
    return row("loaded", { status: "match", live: "loaded", message: waits });
  const message = `${failure(state)}; ${waits}`;
  return row("loaded", { status: "warning", live: "failed", message, kinds: ["failed"] });
}

function failure(state: ServiceState | undefined): string {
  return `${state?.name ?? "the service"} has failed (${state?.result || "unknown result"})`;
}

/** What the service alone says; undefined if it runs, because the container decides then. */
function serviceVerdict(context: UnitContext, oneshot: boolean): Verdict | undefined {
  const { state, object, service, unit } = context;
  const active = state?.activeState ?? "inactive";
  if (active === "active" || active === "reloading") return undefined;
  if (active === "activating") {
    if (oneshot) return { status: "match", live: "running" };
    const restarting = state?.subState === "auto-restart";
    const restarts = state?.restarts ?? 0;
    const so = restarts > 0 ? `, ${restarts} restarts so far` : "";
    const message = restarting ? `systemd is about to start it again${so}` : `not yet ready${so}`;
    return restarting
      ? { status: "warning", live: "restarting", message, kinds: ["restarting"] }
      : { status: "warning", live: "starting", message };
  }
  if (active === "deactivating" || active === "maintenance") return { status: "warning", live: "stopping" };
  if (oneshot && active === "inactive") return { status: "match", live: "finished" };
  if (unit.kind === "container" && object && isByHand(object, service) && isRunning(object)) {
    return {
      status: "warning",
      live: "running by hand",
      message: `${service} is ${active}, but the container runs outside systemd`,
    };
  }
  return active === "failed"
    ? { status: "drift", live: active, message: failure(state), kinds: ["failed"] }
    : { status: "drift", live: active };
}

function isRunning(container: Json): boolean {
  return at(container, "State", "Running") === true;
}

/** The verdict on the object of an active service. */
function runningVerdict(context: UnitContext, oneshot: boolean): Verdict {
  const { object, objectName, unit, service } = context;
  if (oneshot) return { status: "match", live: "finished" };
  if (object === undefined) {
    const what = unit.kind === "kube" ? `container of ${service}` : `${unit.kind} ${objectName ?? ""}`;
    return { status: "drift", live: "missing", message: `there is no ${what}`, kinds: ["missing"] };
  }
  if (unit.kind === "pod") return podVerdict(textAt(object, "PodState"));
  if (unit.kind === "kube") return playedVerdict(listAt(object, "Containers"));
  return containerVerdict(object);
}

function podVerdict(podState: string): Verdict {
  if (podState === "Running" || podState === "") return { status: "match", live: "running" };
  const live = podState.toLowerCase();
  // The members have rows of their own.
  if (podState === "Degraded") return { status: "match", live: "running" };
  if (podState === "Paused") return { status: "drift", live, message: "podman pod pause", kinds: ["paused"] };
  return { status: "drift", live, message: `the service is active, but the pod is ${live}` };
}

/** The first container that is not well. A container that the YAML allows to end may have ended by itself. */
function playedVerdict(containers: readonly Json[]): Verdict {
  const verdicts = containers
    .filter((container) => isRunning(container) || mustRun(container))
    .map((container) => ({ ...containerVerdict(container), name: textAt(container, "Name") }));
  const worst =
    verdicts.find(({ status }) => status === "drift") ?? verdicts.find(({ status }) => status !== "match");
  if (worst === undefined) return { status: "match", live: "running" };
  const { name, ...verdict } = worst;
  return { ...verdict, message: `${name}: ${verdict.message ?? verdict.live}` };
}

function mustRun(container: Json): boolean {
  return (
    textAt(container, "HostConfig", "RestartPolicy", "Name") === "always" ||
    textAt(container, "State", "Status") === "paused" ||
    at(container, "State", "StoppedByUser") === true
  );
}

function containerVerdict(container: Json): Verdict {
  const status = textAt(container, "State", "Status");
  if (status === "paused")
    return { status: "drift", live: status, message: "podman pause", kinds: ["paused"] };
  if (status !== "running") {
    const message = `the service is active, but the container is ${status}`;
    return { status: "drift", live: status || "unknown", message };
  }
  const health = textAt(container, "State", "Health", "Status");
  if (health === "unhealthy")
    return { status: "drift", live: "unhealthy", message: "the health check fails", kinds: ["unhealthy"] };
  if (health === "starting") {
    return {
      status: "warning",
      live: "running (not yet healthy)",
      message: "the health check has not passed yet",
    };
  }
  return { status: "match", live: health === "healthy" ? "running (healthy)" : "running" };
}

/** Whether something other than the unit's service made the container. */
export function isByHand(container: Json, service: string): boolean {
  return serviceOf(container) !== service;
}
