import { oneLine } from "../../lib/one-line.ts";
import type { HealthFailure, HealthFinding, HealthReport, HealthResult } from "../../model/health.ts";
import { at, type Json, listAt, objectAt, textAt } from "../../model/live.ts";
import { parseJson } from "./json.ts";

/** How far a report's time may be ahead of the clock: both are of the same machine. */
const FUTURE_TOLERANCE_MS = 60_000;

/**
 * quadgate keeps a report with the record of the sync, so its size is bounded. homelab-intel has about 20 of
 * each.
 */
const MAX_FINDINGS = 100;
const MAX_METRICS = 200;
const MAX_TEXT = 1_000;

/** The names that reports use for the score and for the time; the first is homelab-intel's. */
const SCORE_KEYS = ["health_score", "score", "healthScore"] as const;
const TIME_KEYS = ["timestamp", "observedAt", "observed_at"] as const;

/** Where a report's text comes from, and the time of the report if the text does not say. */
export interface ReportOrigin {
  readonly provider: string;
  /** For messages: `intel-20251114-210311.json`, `the output of homelab-intel.sh`. */
  readonly source: string;
  readonly observedAt: Date;
}

export function failure(code: HealthFailure, provider: string, message: string): HealthResult {
  return { ok: false, code, message: oneLine(message), provider };
}

/**
 * Reads a report in the shape of homelab-intel. The score must be a whole number from 0 to 100, and the time,
 * if there is one, a date. Keys that quadgate does not use may be absent or of any type. Each text becomes
 * one line.
 */
export function readReport(text: string, origin: ReportOrigin): HealthResult {
  const invalid = (what: string) =>
    failure("report-invalid", origin.provider, `the health report is not valid: ${origin.source} ${what}`);
  const parsed = parseJson(text);
  if (!parsed.ok) return invalid(`is not JSON: ${parsed.message}`);
  const { json } = parsed;
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    return invalid("is not a JSON object");
  }
  const scoreKey = SCORE_KEYS.find((key) => at(json, key) !== undefined);
  if (scoreKey === undefined) return invalid(`has no ${SCORE_KEYS[0]}`);
  const score = at(json, scoreKey);
  if (typeof score !== "number" || !Number.isInteger(score) || score < 0 || score > 100) {
    return invalid(`has ${scoreKey} ${describe(score)}, not a whole number from 0 to 100`);
  }
  const observedAt = readTime(json, origin.observedAt);
  if (typeof observedAt === "string") return invalid(observedAt);
  return { ok: true, report: reportOf(json, origin.provider, score, observedAt) };
}

/** Turns a report that is too old or from the future into a failure. */
export function checkAge(result: HealthResult, source: string, now: Date, maxAgeMs: number): HealthResult {
  if (!result.ok) return result;
  const { provider, observedAt } = result.report;
  const ageMs = now.getTime() - Date.parse(observedAt);
  if (ageMs > maxAgeMs) {
    const limit = `health.maxAge is ${maxAgeMs / 1000} s`;
    const message = `the health report is too old: ${source} is from ${observedAt}, and ${limit}`;
    return failure("report-stale", provider, message);
  }
  if (ageMs < -FUTURE_TOLERANCE_MS) {
    const message = `the health report is not valid: ${source} is from ${observedAt}, which is in the future`;
    return failure("report-invalid", provider, message);
  }
  return result;
}

function reportOf(json: Json, provider: string, score: number, observedAt: Date): HealthReport {
  const metrics = Object.entries(objectAt(json, "metrics")).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === "string" || typeof entry[1] === "number",
  );
  const [critical, warnings, info] = ["critical", "warnings", "info"].map((key) => listAt(json, key));
  return {
    provider,
    score,
    observedAt: observedAt.toISOString(),
    critical: findingsOf(critical),
    warnings: findingsOf(warnings),
    info: findingsOf(info),
    metrics: Object.fromEntries(
      metrics.slice(0, MAX_METRICS).map(([key, value]) => [short(key), shorten(value)]),
    ),
  };
}

function findingsOf(items: readonly Json[] = []): readonly HealthFinding[] {
  const found = items.filter(saysSomething);
  const findings = found.slice(0, MAX_FINDINGS).map(findingOf);
  const more = found.length - findings.length;
  return more > 0 ? [...findings, { code: "", message: `and ${more} more, which are not kept` }] : findings;
}

/** Whether a finding is a text, or an object with one of the texts that quadgate shows. */
function saysSomething(item: Json): boolean {
  if (typeof item === "string") return item.trim() !== "";
  return ["code", "message", "action"].some((key) => textAt(item, key).trim() !== "");
}

function findingOf(item: Json): HealthFinding {
  if (typeof item === "string") return { code: "", message: short(item) };
  const action = short(textAt(item, "action"));
  const finding = { code: short(textAt(item, "code")), message: short(textAt(item, "message")) };
  return action === "" ? finding : { ...finding, action };
}

function short(long: string): string {
  const text = oneLine(long);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

function shorten(value: string | number): string | number {
  return typeof value === "string" ? short(value) : value;
}

/** The report's own time, else the fallback. Returns a text if the time is not valid. */
function readTime(json: Json, fallback: Date): Date | string {
  const key = TIME_KEYS.find((name) => (at(json, name) ?? null) !== null);
  if (key === undefined) return fallback;
  const value = at(json, key);
  const time = new Date(typeof value === "string" ? value : Number.NaN);
  return Number.isNaN(time.getTime()) ? `has ${key} ${describe(value)}, not a date` : time;
}

function describe(value: Json | undefined): string {
  return typeof value === "string"
    ? `as the text ${JSON.stringify(value)}`
    : (JSON.stringify(value) ?? "undefined");
}
