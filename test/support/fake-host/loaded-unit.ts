import { parseSize } from "../../../src/lib/size.ts";
import type { HostFacts } from "../../../src/model/host.ts";
import { lastOf, type PodmanCall, parsePodman } from "../../../src/quadlet/argv/podman-call.ts";
import { commandWords } from "../../../src/quadlet/argv/service-command.ts";
import { lastValueOf, parseUnitText, type UnitText, valuesOf } from "../../../src/quadlet/argv/unit-text.ts";
import { UNKNOWN } from "../../../src/quadlet/argv/unknown-parts.ts";

/** A service as systemd has it loaded from the generator's text. */
export interface LoadedUnit {
  readonly service: string;
  readonly text: string;
  /** Path of the Quadlet source. */
  readonly source: string;
  /** Services whose start has to succeed first and whose stop stops this one. */
  readonly requires: readonly string[];
  readonly wants: readonly string[];
  /** Services that it waits for when both are started. */
  readonly after: readonly string[];
  /** Services that stop this one when they are no longer active, for whatever reason. */
  readonly bindsTo: readonly string[];
  /** Services whose stop and restart are this one's too. */
  readonly partOf: readonly string[];
  /** Whether a boot starts it. */
  readonly wantedAtBoot: boolean;
  /** The words of the podman command that a start runs. */
  readonly words: readonly string[];
  readonly call: PodmanCall | undefined;
  /** Up only once the container's health check has passed. */
  readonly waitsForHealth: boolean;
  readonly startTimeoutMs: number;
  readonly type: string;
  readonly oneshot: boolean;
  readonly remains: boolean;
  /** `Restart=` */
  readonly restart: string;
  readonly restartSecMs: number;
  readonly startLimit: { readonly burst: number; readonly intervalMs: number };
  /** For a pod's service: the pod's name, and the command that makes it. */
  readonly pod: { readonly name: string; readonly words: readonly string[] } | undefined;
  readonly limits: {
    readonly memoryMax: number | null;
    readonly memoryHigh: number | null;
    readonly memorySwapMax: number | null;
    readonly cpuQuotaPerSecUSec: number | null;
    readonly memoryMin: number;
    readonly memoryLow: number;
    readonly cpuWeight: number | null;
    readonly startupCpuWeight: number | null;
    readonly ioWeight: number | null;
    readonly startupIoWeight: number | null;
  };
}

const parsed = new Map<string, LoadedUnit>();

/** Reads a generated unit's text, once. */
export function loadUnit(service: string, text: string, facts: HostFacts): LoadedUnit {
  const key = `${facts.home}\0${service}\0${text}`;
  const known = parsed.get(key) ?? parse(service, text, facts);
  parsed.set(key, known);
  return known;
}

function parse(service: string, text: string, facts: HostFacts): LoadedUnit {
  const unit = parseUnitText(text);
  const names = (key: string) => valuesOf(unit, "Unit", key).flatMap((value) => value.split(/\s+/));
  const setting = (key: string) => lastValueOf(unit, "Service", key);
  const start = valuesOf(unit, "Service", "ExecStart").at(-1);
  const wordsOf = (command: string) =>
    // systemd knows what quadgate cannot, such as the host's name.
    commandWords(command, unit, service, facts).map((word) => word.replaceAll(UNKNOWN, "known-to-systemd"));
  const words = start === undefined ? [] : wordsOf(start);
  const call = words[0]?.endsWith("/podman") ? parsePodman(words) : undefined;
  return {
    service,
    text,
    source: lastValueOf(unit, "Unit", "SourcePath") ?? "",
    requires: [...names("Requires"), ...names("BindsTo")],
    wants: names("Wants"),
    after: names("After"),
    bindsTo: names("BindsTo"),
    partOf: names("PartOf"),
    wantedAtBoot: valuesOf(unit, "Install", "WantedBy").some((value) => /\bdefault\.target\b/.test(value)),
    words,
    call,
    waitsForHealth: call?.flags.get("sdnotify")?.at(-1) === "healthy",
    startTimeoutMs: span(
      setting("TimeoutStartSec"),
      setting("Type") === "oneshot" ? Number.POSITIVE_INFINITY : 90_000,
    ),
    type: setting("Type") ?? "simple",
    oneshot: setting("Type") === "oneshot",
    remains: setting("RemainAfterExit") === "yes",
    restart: setting("Restart") ?? "no",
    restartSecMs: span(setting("RestartSec"), 100),
    startLimit: startLimitOf(unit),
    pod: podOf(unit, wordsOf),
    limits: limitsOf(unit),
  };
}

/** systemd's text of a time, as far as tests write it. */
function span(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (text === "infinity" || text === "0") return text === "0" ? 0 : Number.POSITIVE_INFINITY;
  const units: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1_000,
    min: 60_000,
    m: 60_000,
    h: 3_600_000,
    "": 1_000,
  };
  const parts = [...text.matchAll(/([\d.]+)\s*([a-z]*)/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? Number.NaN), 0);
}

function startLimitOf(unit: UnitText): LoadedUnit["startLimit"] {
  const setting = (key: string) => lastValueOf(unit, "Unit", key);
  return {
    burst: Number(setting("StartLimitBurst") ?? 5),
    intervalMs: span(setting("StartLimitIntervalSec") ?? setting("StartLimitInterval"), 10_000),
  };
}

/** The generator's text makes a pod before it starts it. */
function podOf(unit: UnitText, wordsOf: (command: string) => readonly string[]): LoadedUnit["pod"] {
  const text = valuesOf(unit, "Service", "ExecStartPre").find((value) => value.includes(" pod create "));
  const words = text === undefined ? [] : wordsOf(text);
  const name = lastOf(parsePodman(words)?.flags ?? new Map(), "name");
  return name === undefined ? undefined : { name, words };
}

function limitsOf(unit: UnitText): LoadedUnit["limits"] {
  const setting = (key: string) => lastValueOf(unit, "Service", key) ?? "infinity";
  const size = (key: string) => parseSize(setting(key)) ?? null;
  const weight = (key: string) => (Number.isNaN(Number(setting(key))) ? null : Number(setting(key)));
  const quota = Number.parseFloat(setting("CPUQuota"));
  return {
    memoryMax: size("MemoryMax"),
    memoryHigh: size("MemoryHigh"),
    memorySwapMax: size("MemorySwapMax"),
    cpuQuotaPerSecUSec: Number.isNaN(quota) ? null : quota * 10_000,
    memoryMin: size("MemoryMin") ?? 0,
    memoryLow: size("MemoryLow") ?? 0,
    cpuWeight: weight("CPUWeight"),
    startupCpuWeight: weight("StartupCPUWeight"),
    ioWeight: weight("IOWeight"),
    startupIoWeight: weight("StartupIOWeight"),
  };
}
