import { at, type Json, type ServiceState, textAt } from "../model/live.ts";
import type { Departure } from "./departures.ts";
import { healthOf, healthySince, lastCheckOutput, startDeadlineMs, unhealthySince } from "./health.ts";
import {
  type Evidence,
  type JudgedService,
  runStartMs,
  type ServiceFinding,
  type ServiceRule,
} from "./judged.ts";

interface Seen {
  readonly state: ServiceState;
  /** The last end of one of its runs since the count began. */
  readonly last: Departure | undefined;
}

/** What a service is now, whatever happened to it before. */
export function presentState(
  judged: JudgedService,
  rule: ServiceRule,
  evidence: Evidence,
  seen: Seen,
): ServiceFinding {
  const { state } = seen;
  switch (state.activeState) {
    case "active":
    case "reloading":
      return judged.kind === "process"
        ? running(judged, rule, evidence, state)
        : { kind: "good", goodMs: state.activeSinceMs ?? rule.fromMs };
    case "activating":
    case "deactivating":
      return waiting(judged, rule, evidence, state, `the service is ${state.activeState}`);
    default:
      return down(judged, rule, evidence, seen);
  }
}

/** The service is active: its containers decide. */
function running(
  judged: JudgedService,
  rule: ServiceRule,
  evidence: Evidence,
  state: ServiceState,
): ServiceFinding {
  const containers = evidence.containersOf(judged.service);
  const known = rule.run?.invocation === state.invocationId ? rule.run.goodMs : undefined;
  const sick = containers.find((one) => healthOf(one) === "unhealthy");
  // Before the good start quadgate's own checks may have used up the retries.
  if (sick !== undefined)
    return known === undefined
      ? waiting(judged, rule, evidence, state, sickMessage(sick))
      : fellSick(sick, known, evidence);
  const restarted = containers.find((one) => Number(at(one, "RestartCount") ?? 0) > 0);
  if (restarted !== undefined)
    return { kind: "ended", message: `podman restarted its container ${textAt(restarted, "Name")}` };
  const starting = containers.find((one) => healthOf(one) !== "" && healthOf(one) !== "healthy");
  if (starting !== undefined)
    return waiting(judged, rule, evidence, state, "the health check has not passed yet");
  return { kind: "good", goodMs: known ?? goodSince(containers, evidence, state) };
}

/** Since when a service is up with all of its checks passed. A moment that cannot be right is none. */
function goodSince(
  containers: readonly Json[],
  { nowMs, wallMs }: Evidence,
  { activeSinceMs, mainStartedAtMs }: ServiceState,
): number {
  const passed = containers.flatMap((one) => {
    if (healthOf(one) === "") return [];
    const ms = nowMs - (wallMs - (healthySince(one) ?? wallMs));
    // The clock was set since, or podman has forgotten the first check.
    return [ms < (mainStartedAtMs ?? 0) || ms > nowMs ? nowMs : ms];
  });
  return Math.max(activeSinceMs ?? nowMs, ...passed);
}

/** The container was healthy at a known moment, and is unhealthy now. */
function fellSick(container: Json, goodMs: number, { nowMs, wallMs }: Evidence): ServiceFinding {
  const message = sickMessage(container);
  const since = unhealthySince(container);
  if (since === undefined) return { kind: "ended", message };
  return { kind: "ended", message, atMs: Math.min(nowMs, Math.max(goodMs, nowMs - (wallMs - since))) };
}

function sickMessage(container: Json): string {
  const output = lastCheckOutput(container);
  return `its health check fails${output === undefined ? "" : `: ${output}`}`;
}

function waiting(
  judged: JudgedService,
  rule: ServiceRule,
  evidence: Evidence,
  state: ServiceState,
  message: string,
): ServiceFinding {
  const began = rule.booting ? rule.fromMs : Math.max(runStartMs(state) ?? 0, rule.fromMs);
  const longest = startDeadlineMs(evidence.containersOf(judged.service), state, rule.timeoutMs);
  const deadlineMs = began + longest;
  if (evidence.nowMs < deadlineMs) return { kind: "waiting", message, deadlineMs };
  return { kind: "ended", message: `${message} ${Math.round(longest / 1_000)} s after its start` };
}

function down(
  judged: JudgedService,
  rule: ServiceRule,
  evidence: Evidence,
  { state, last }: Seen,
): ServiceFinding {
  if (last?.how === "asked" || last?.thenStopped) return { kind: "stopped" };
  if (last?.how === "along") return { kind: "stopped", by: last.by };
  const lacking = [...judged.needs].find((name) => !isUp(evidence.services.get(name)));
  if (lacking !== undefined) return { kind: "stopped", by: lacking };
  // The count begins after a stop, so that later looks do not see it.
  if (last === undefined && rule.run?.stopped !== undefined) return { kind: "stopped", ...rule.run.stopped };
  if (state.activeState === "failed")
    return { kind: "ended", message: `the service has failed (${state.result})` };
  if (judged.role === "triggered" || judged.role === "static") return { kind: "idle" };
  if (judged.kind !== "process" || judged.mayEnd)
    return { kind: "good", goodMs: state.inactiveSinceMs ?? rule.fromMs };
  if (state.job) return waiting(judged, rule, evidence, state, "the service waits for its start");
  return { kind: "idle" };
}

/** A oneshot that ended well has done what others need of it. */
function isUp(state: ServiceState | undefined): boolean {
  if (state === undefined || state.activeState === "active" || state.activeState === "reloading") return true;
  return state.activeState === "inactive" && state.type === "oneshot" && state.result === "success";
}
