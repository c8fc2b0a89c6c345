import type { JudgedRun, TextInForce, TextState } from "../model/text-in-force.ts";
import { healthOf, startDeadlineMs } from "./health.ts";
import { judgeService } from "./judge-service.ts";
import {
  type Evidence,
  isBetweenRuns,
  type JudgedService,
  runStartMs,
  type ServiceFinding,
} from "./judged.ts";

/** An instance whose text in force has not proved itself yet. */
export interface JudgedText {
  readonly instance: string;
  readonly text: TextInForce;
  readonly services: readonly JudgedService[];
  /** Services of others that it needs. The count begins with their good start at the earliest. */
  readonly needs: readonly JudgedService[];
  /** Services of good instances that restarted for this text. */
  readonly restarted: readonly JudgedService[];
  /** Nothing is judged now: the instance is suspended, or somebody is editing its files. */
  readonly isPaused: boolean;
}

export type TextVerdict =
  /** Nothing to do until then (milliseconds of this boot) unless something happens. */
  | {
      readonly kind: "waits";
      readonly untilMs: number;
      readonly message: string;
      /** Whether it has had its good start. */
      readonly isUp: boolean;
    }
  /** It waits by its own rules, or nothing is judged now. */
  | { readonly kind: "idle"; readonly message: string }
  /** It may settle, once `hooks.afterUpdate` has ended well. */
  | { readonly kind: "settles" }
  | { readonly kind: "proves-good" }
  | {
      readonly kind: "ended";
      readonly service: string;
      readonly message: string;
      /** The state that it had reached by then, although no look saw it. */
      readonly reached: TextState;
      /** Whether a look saw the run that ended, so that its images are known. */
      readonly wasSeen: boolean;
    }
  | { readonly kind: "stopped"; readonly service: string; readonly by?: string | undefined };

const PAUSED = "it is suspended, or a file of it was changed by hand";

export interface JudgedResult {
  readonly verdict: TextVerdict;
  /** The text with what was learnt about its runs; its state is the same. */
  readonly text: TextInForce;
}

/** Judges the text of an instance by what was seen of its services. Pure. */
export function judgeText(judged: JudgedText, evidence: Evidence): JudgedResult {
  if (judged.isPaused)
    return { verdict: { kind: "idle", message: PAUSED }, text: { ...judged.text, paused: true } };
  const text = inThisBoot(judged.text, evidence);
  const rule = ruleOf(text);
  const own = judged.services.map((one) => [one.service, judgeService(one, rule(one), evidence)] as const);
  const others = judged.restarted.map(
    (one) => [one.service, judgeService(one, rule(one), evidence)] as const,
  );
  const next = learnt(text, [...own, ...others], evidence);
  const end = [...own, ...others].find(([, { kind }]) => kind === "ended");
  if (end?.[1].kind === "ended") {
    const [service, { message, atMs, invocation }] = [end[0], end[1]];
    const reached = reachedBy(text, judged.services, atMs);
    const ended = invocation ?? evidence.services.get(service)?.invocationId;
    const wasSeen = ended !== "" && ended === text.runs[service]?.invocation;
    return { verdict: { kind: "ended", service, message, reached, wasSeen }, text: next };
  }
  const stopped = own.find(([, { kind }]) => kind === "stopped");
  if (stopped?.[1].kind === "stopped")
    return { verdict: { kind: "stopped", service: stopped[0], by: stopped[1].by }, text: next };
  return { verdict: timed(judged, next, own, evidence), text: next };
}

/** How far a text had come at a moment, if all of its services had been seen up before. */
function reachedBy(
  { state, from, runs, rules, settledMs }: TextInForce,
  services: readonly JudgedService[],
  atMs: number | undefined,
): TextState {
  const ups = services.filter(({ kind, role }) => kind === "process" && role !== "job");
  const goods = ups.map(({ service }) => runs[service]?.goodMs);
  if (atMs === undefined || state === "good" || goods.some((ms) => ms === undefined)) return state;
  const since = Math.max(from.ms, ...goods.flatMap((ms) => ms ?? []));
  const settled = state === "settled" ? Math.max(since, settledMs ?? 0) : since + rules.stableMs;
  if (state === "fresh" && (rules.afterUpdate !== undefined || atMs < settled)) return state;
  return atMs < settled + rules.probationMs ? "settled" : "good";
}

/**
 * The text with its count begun anew if the host or the user's manager has started since, or if it was
 * paused. After a start of the manager, failures before the first good start do not count.
 */
function inThisBoot(text: TextInForce, { boot, nowMs, traces }: Evidence): TextInForce {
  const { settledMs, paused, ...rest } = text;
  const isOther = text.from.boot !== boot;
  const settled = settledMs === undefined ? {} : { settledMs: isOther ? 0 : settledMs };
  const known = { ...rest, ...settled };
  if (paused) return { ...known, from: { boot, ms: nowMs }, runs: {} };
  const started = traces?.history.findLast(({ kind, at }) => kind === "manager-started" && at.boot === boot);
  const isNew = isOther || (started !== undefined && started.at.ms > text.from.ms);
  return isNew ? { ...known, from: { boot, ms: started?.at.ms ?? 0 }, runs: {}, booting: true } : known;
}

function ruleOf(text: TextInForce) {
  return ({ service }: JudgedService) => ({
    state: text.state,
    fromMs: Math.max(text.from.ms, text.runs[service]?.askedMs ?? 0),
    run: text.runs[service],
    booting: text.booting === true,
    timeoutMs: text.rules.timeoutMs,
  });
}

type Found = readonly (readonly [service: string, finding: ServiceFinding])[];

/** Keeps the runs that are judged from now on. If somebody asked for an end, the count begins now. */
function learnt(text: TextInForce, found: Found, evidence: Evidence): TextInForce {
  const isNew = found.some(([, finding]) => finding.isNewCount === true);
  const { services } = evidence;
  const runs = Object.fromEntries(
    found.flatMap(([service, finding]) => runOf(service, finding, { known: text.runs[service], services })),
  );
  // What somebody has stopped since is not waited for any more either.
  const isOver = found.every(([, { kind }]) => kind === "good" || kind === "idle" || kind === "stopped");
  const { booting, ...rest } = text;
  const isBooting = booting === true && !isOver;
  const known: TextInForce = isBooting ? text : rest;
  // The time that a start may take after a boot is one for all attempts.
  const from = isNew && !isBooting ? { boot: evidence.boot, ms: beganMs(found, evidence) } : text.from;
  return { ...known, from, runs: { ...(isNew ? {} : text.runs), ...runs } };
}

function runOf(
  service: string,
  finding: ServiceFinding,
  { known, services }: Pick<Evidence, "services"> & { readonly known: JudgedRun | undefined },
): readonly (readonly [string, JudgedRun])[] {
  if (finding.kind === "stopped") return stopOf(service, finding, known);
  const state = services.get(service);
  if (state === undefined || state.invocationId === "" || isBetweenRuns(state)) return [];
  const invocation = state.invocationId;
  if (finding.kind === "good") return [[service, { invocation, goodMs: finding.goodMs }]];
  return finding.kind === "waiting" ? [[service, { invocation }]] : [];
}

/** Remembers a stop, because the count that begins with it leaves the stop itself out. */
function stopOf(
  service: string,
  { by, isNewCount }: Extract<ServiceFinding, { kind: "stopped" }>,
  known: JudgedRun | undefined,
): readonly (readonly [string, JudgedRun])[] {
  if (isNewCount) return [[service, { invocation: "", stopped: by === undefined ? {} : { by } }]];
  return known?.stopped === undefined ? [] : [[service, known]];
}

/** When the present runs began. */
function beganMs(found: Found, { services, nowMs }: Evidence): number {
  const starts = found.flatMap(([service]) => {
    const state = services.get(service);
    return state === undefined ? [] : (runStartMs(state) ?? []);
  });
  return starts.length === 0 ? nowMs : Math.max(...starts);
}

/** The verdict on services of which none has ended or was stopped. */
function timed({ needs }: JudgedText, text: TextInForce, own: Found, evidence: Evidence): TextVerdict {
  const { timeoutMs, stableMs, probationMs } = text.rules;
  const waiting = own.flatMap(([service, one]) => (one.kind === "waiting" ? [{ service, ...one }] : []));
  const first = waiting[0];
  if (first !== undefined) {
    const untilMs = Math.min(...waiting.map(({ deadlineMs }) => deadlineMs));
    return { kind: "waits", untilMs, isUp: false, message: `${first.service}: ${first.message}` };
  }
  const idle = own.find(([, { kind }]) => kind === "idle")?.[0];
  if (idle !== undefined) return { kind: "idle", message: `${idle} waits for its own start` };
  const needed = needs.map((one) => [one.service, goodSinceMs(one, evidence)] as const);
  const down = needed.find(([, since]) => since === "down")?.[0];
  if (down !== undefined) return { kind: "stopped", service: own[0]?.[0] ?? "", by: down };
  const starting = needed.find(([, since]) => since === "starting")?.[0];
  if (starting !== undefined) {
    const untilMs = text.from.ms + longestMs(starting, evidence, timeoutMs);
    return evidence.nowMs < untilMs
      ? { kind: "waits", untilMs, isUp: false, message: `${starting} is not up yet` }
      : { kind: "stopped", service: own[0]?.[0] ?? "", by: starting };
  }
  const starts = needed.flatMap(([, since]) => (typeof since === "number" ? [since] : []));
  const since = Math.max(
    text.from.ms,
    ...own.map(([, one]) => (one.kind === "good" ? one.goodMs : 0)),
    ...starts,
  );
  if (text.state === "good") return { kind: "proves-good" };
  return text.state === "fresh"
    ? until(since + stableMs, evidence, { kind: "settles" }, "settling")
    : until(
        Math.max(since, text.settledMs ?? 0) + probationMs,
        evidence,
        { kind: "proves-good" },
        "on probation",
      );
}

/** Since when a service of another instance is up. What ends is not up, and needs not be. */
function goodSinceMs(
  { service, kind, role }: JudgedService,
  evidence: Evidence,
): number | "starting" | "down" {
  const state = evidence.services.get(service);
  if (state === undefined || role !== "runs" || kind !== "process") return 0;
  // What ends now either takes this service along or starts again.
  if (state.activeState === "activating" || state.activeState === "deactivating") return "starting";
  if (state.activeState !== "active" && state.activeState !== "reloading") return "down";
  const isStarting = evidence
    .containersOf(service)
    .some((one) => healthOf(one) !== "" && healthOf(one) !== "healthy");
  return isStarting ? "starting" : (state.activeSinceMs ?? 0);
}

/** How long a service of another instance may take to start. */
function longestMs(service: string, { services, containersOf }: Evidence, timeoutMs: number): number {
  const state = services.get(service);
  return state === undefined ? timeoutMs : startDeadlineMs(containersOf(service), state, timeoutMs);
}

function until(atMs: number, { nowMs }: Evidence, then: TextVerdict, message: string): TextVerdict {
  return nowMs >= atMs ? then : { kind: "waits", untilMs: atMs, isUp: true, message };
}
