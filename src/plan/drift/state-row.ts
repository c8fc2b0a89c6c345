import type { DriftStatus, FieldDrift } from "../../model/drift.ts";
import { at, type Json, type ServiceState, textAt } from "../../model/live.ts";
import { lastValueOf } from "../argv/unit-text.ts";
import { isTemplate, LABEL_SYSTEMD_UNIT, type UnitContext } from "./unit-context.ts";

interface Verdict {
  readonly status: DriftStatus;
  readonly live: string;
  readonly message?: string;
}

/** Whether the service and what it stands for are there and well. */
export function stateRow(context: UnitContext): FieldDrift {
  const { kind } = context.unit;
  if (kind === "network" || kind === "volume") return objectRow(context, kind);
  if (isTemplate(context.service)) {
    const message = "a template is not run itself; its instances are not observed";
    return { ...row("running", { status: "match", live: "", message }), cause: "unobservable" };
  }
  const oneshot = kind === "image" || kind === "build" || isOneshot(context);
  const verdict = serviceVerdict(context, oneshot) ?? containerVerdict(context, oneshot);
  return row(oneshot ? "finished" : "running", verdict);
}

function row(desired: string, verdict: Verdict): FieldDrift {
  const base: FieldDrift = { field: "state", desired, ...verdict };
  if (verdict.status === "match") return base;
  return { ...base, cause: "state", diff: [{ path: "state", from: desired, to: verdict.live }] };
}

/** The network or volume that a unit stands for, as podman has it: one or none. */
export function objectsOf({ unit, objectName, live }: UnitContext): readonly Json[] {
  if (unit.kind === "network")
    return live.networks.filter((network) => textAt(network, "name") === objectName);
  if (unit.kind === "volume") return live.volumes.filter((volume) => textAt(volume, "Name") === objectName);
  return [];
}

/** Networks and volumes outlive their service, which after a boot may rightly never have run. */
function objectRow(context: UnitContext, what: string): FieldDrift {
  const name = context.objectName ?? "";
  const exists = objectsOf(context).length > 0;
  const failed = context.state?.activeState === "failed";
  if (exists && !failed) return row("present", { status: "match", live: "present" });
  if (exists) return row("present", { status: "warning", live: "present", message: failure(context.state) });
  const active = context.state?.activeState === "active";
  const message = active
    ? `${context.service} is active, yet podman has no ${what} ${name}`
    : `podman has no ${what} ${name}`;
  return row("present", { status: "drift", live: "missing", message });
}

function isOneshot({ desiredText }: UnitContext): boolean {
  return lastValueOf(desiredText, "Service", "Type") === "oneshot";
}

function failure(state: ServiceState | undefined): string {
  return `${state?.name ?? "the service"} has failed (${state?.result || "unknown result"})`;
}

/** What the service alone says; undefined when it runs and the container has to be asked. */
function serviceVerdict(context: UnitContext, oneshot: boolean): Verdict | undefined {
  const { state, container, service } = context;
  const active = state?.activeState ?? "inactive";
  if (active === "active" || active === "reloading") return undefined;
  if (active === "activating") {
    if (oneshot) return { status: "match", live: "running" };
    const restarting = state?.subState === "auto-restart";
    const restarts = state?.restarts ?? 0;
    const so = restarts > 0 ? `, ${restarts} restarts so far` : "";
    const message = restarting ? `systemd is about to start it again${so}` : `not yet ready${so}`;
    return { status: "warning", live: restarting ? "restarting" : "starting", message };
  }
  if (active === "deactivating" || active === "maintenance") return { status: "warning", live: "stopping" };
  if (oneshot && active === "inactive") return { status: "match", live: "finished" };
  if (container && isByHand(container, service) && at(container, "State", "Running") === true) {
    return {
      status: "warning",
      live: "running by hand",
      message: `${service} is ${active}, the container runs outside systemd`,
    };
  }
  return { status: "drift", live: active, ...(active === "failed" ? { message: failure(state) } : {}) };
}

function containerVerdict({ container, objectName, unit }: UnitContext, oneshot: boolean): Verdict {
  if (unit.kind !== "container" || oneshot)
    return { status: "match", live: oneshot ? "finished" : "running" };
  if (!container)
    return { status: "drift", live: "missing", message: `there is no container ${objectName ?? ""}` };
  const status = textAt(container, "State", "Status");
  if (status !== "running") {
    const message =
      status === "paused" ? "podman pause" : `the service is active, the container is ${status}`;
    return { status: "drift", live: status || "unknown", message };
  }
  const health = textAt(container, "State", "Health", "Status");
  if (health === "unhealthy")
    return { status: "drift", live: "unhealthy", message: "the health check fails" };
  if (health === "starting") {
    return {
      status: "warning",
      live: "running (not yet healthy)",
      message: "the health check has not passed yet",
    };
  }
  return { status: "match", live: health === "healthy" ? "running (healthy)" : "running" };
}

/** Whether somebody else than the unit made the container. */
export function isByHand(container: Json, service: string): boolean {
  return textAt(container, "Config", "Labels", LABEL_SYSTEMD_UNIT) !== service;
}
