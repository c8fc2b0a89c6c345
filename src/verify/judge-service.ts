import type { ServiceState } from "../model/live.ts";
import type { JudgedRun } from "../model/text-in-force.ts";
import { type Departure, departuresOf, type EndedRun, type Traces } from "./departures.ts";
import {
  type Evidence,
  isBetweenRuns,
  type JudgedService,
  type ServiceFinding,
  type ServiceRule,
} from "./judged.ts";
import { presentState } from "./present-state.ts";

/** Judges one service by what was seen since the count began. */
export function judgeService(judged: JudgedService, rule: ServiceRule, evidence: Evidence): ServiceFinding {
  const state = evidence.services.get(judged.service);
  if (judged.role === "job") return { kind: "good", goodMs: rule.fromMs };
  if (state === undefined) return { kind: "idle" };
  const departures = departuresSince(judged, rule, evidence, state);
  if (departures === "unknown" && rule.state === "fresh")
    return { kind: "ended", message: "it was started again, and the journal does not say why" };
  const seen = departures === "unknown" ? [] : departures.filter((one) => !isForgiven(judged, one));
  const present = presentState(judged, rule, evidence, { state, last: seen.at(-1) });
  const end = firstEnd(seen, rule, evidence, present);
  if (end !== undefined) {
    return { kind: "ended", message: endMessage(end), atMs: end.at.ms, invocation: end.invocation ?? "" };
  }
  if (departures === "unknown" || seen.length > 0) return { ...present, isNewCount: true };
  return judged.mayEnd ? sinceFirstRun(present, rule) : present;
}

/**
 * The first end that counts. A boot excuses those before the first good start, if that comes in time or
 * somebody has stopped the service since, so that nothing is waited for.
 */
function firstEnd(
  seen: readonly Departure[],
  { booting }: ServiceRule,
  { nowMs }: Evidence,
  present: ServiceFinding,
): Departure | undefined {
  const isEnd = ({ how }: Departure) => how === "ended";
  if (!booting) return seen.find(isEnd);
  const good = seen.findIndex(({ wasGood }) => wasGood);
  const isOpen = present.kind === "waiting" && nowMs < present.deadlineMs;
  const isOver = present.kind === "good" || present.kind === "stopped";
  if (good < 0 && (isOver || isOpen)) return undefined;
  return seen.slice(Math.max(good, 0)).find(isEnd);
}

/** If a process may end with success and starts again after that, its first run counts on. */
function sinceFirstRun(present: ServiceFinding, { run }: ServiceRule): ServiceFinding {
  const isOn = present.kind === "good" || present.kind === "waiting";
  return isOn && run?.goodMs !== undefined ? { kind: "good", goodMs: run.goodMs } : present;
}

/** Whether an end is none because the process may end with success. */
function isForgiven({ mayEnd, kind }: JudgedService, { how, success }: Departure): boolean {
  return how === "ended" && success && (mayEnd || kind !== "process");
}

/** The ends of its runs. If the journal cannot be read, they are known only if the run goes on. */
function departuresSince(
  { service, kind, sakes, isPod, actsOnHealth, isChecked }: JudgedService,
  { fromMs, run }: ServiceRule,
  evidence: Evidence,
  state: ServiceState,
): readonly Departure[] | "unknown" {
  // What ends as it should is judged by how it ended last.
  if (kind !== "process" || isSameRun(state, run)) return [];
  const { traces } = evidence;
  const isUnseen = run === undefined || run.invocation === "";
  if (traces === undefined || isIncomplete(traces, service))
    return isUnseen && state.restarts === 0 ? [] : "unknown";
  const departures = departuresOf(traces, {
    service,
    sakes,
    isPod,
    actsOnHealth,
    isChecked,
    sinceMs: fromMs,
    isAsked: run?.invocation === "" && run.askedMs === fromMs,
    seen: isUnseen ? undefined : run.invocation,
    down: downSince(state, evidence),
  });
  return departures.length > 0 || isUnseen ? departures : "unknown";
}

/** Whether the journal lacks a start of a service that systemd knows of. */
function isIncomplete({ history }: Traces, name: string): boolean {
  return history.some(({ kind, service }) => kind === "unrecorded" && service === name);
}

/** Whether the run that is judged goes on. */
export function isSameRun(
  state: Pick<ServiceState, "invocationId" | "activeState" | "subState">,
  run: JudgedRun | undefined,
): boolean {
  const { invocationId, activeState } = state;
  const isUp = activeState === "active" || activeState === "activating" || activeState === "reloading";
  return isUp && !isBetweenRuns(state) && invocationId === run?.invocation;
}

function downSince(state: ServiceState, { boot, nowMs, wallMs }: Evidence): EndedRun | undefined {
  const { activeState, startedAtMs, inactiveSinceMs } = state;
  const isBetween = isBetweenRuns(state);
  if (!isBetween && activeState !== "inactive" && activeState !== "failed") return undefined;
  const ms = (isBetween ? startedAtMs : inactiveSinceMs) ?? nowMs;
  const success = isBetween ? state.result === "success" : activeState === "inactive";
  return { at: { boot, ms }, wallMs: wallMs - (nowMs - ms), byJob: false, success };
}

function endMessage({ ranMs, result }: Departure): string {
  const seconds = Math.round(ranMs / 100) / 10;
  return `its process ended ${seconds} s after its start${result === undefined ? "" : ` (${result})`}`;
}
