import { parseSize } from "../../../src/lib/size.ts";
import type { HostFacts } from "../../../src/model/host.ts";
import { type PodmanCall, parsePodman } from "../../../src/quadlet/argv/podman-call.ts";
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
  /** The words of the podman command that a start runs. */
  readonly words: readonly string[];
  readonly call: PodmanCall | undefined;
  /** Up only once the container's health check has passed. */
  readonly waitsForHealth: boolean;
  readonly startTimeoutMs: number;
  readonly oneshot: boolean;
  /** Whether a oneshot stays active once it has ended. */
  readonly remains: boolean;
  /** Whether systemd tries again by itself. */
  readonly restarts: boolean;
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
  if (unit.has("X-Pod")) throw new Error(`the fake host has no pods: ${service}`);
  const start = valuesOf(unit, "Service", "ExecStart").at(-1);
  const read = start === undefined ? [] : commandWords(start, unit, service, facts);
  // systemd knows what quadgate cannot, such as the host's name.
  const words = read.map((word) => word.replaceAll(UNKNOWN, "known-to-systemd"));
  const call = words[0]?.endsWith("/podman") ? parsePodman(words) : undefined;
  return {
    service,
    text,
    source: lastValueOf(unit, "Unit", "SourcePath") ?? "",
    requires: [...names("Requires"), ...names("BindsTo")],
    wants: names("Wants"),
    words,
    call,
    waitsForHealth: call?.flags.get("sdnotify")?.at(-1) === "healthy",
    startTimeoutMs: Number(setting("TimeoutStartSec") ?? 90) * 1_000,
    oneshot: setting("Type") === "oneshot",
    remains: setting("RemainAfterExit") === "yes",
    restarts: /^(always|on-failure|on-abnormal)$/.test(setting("Restart") ?? "no"),
    limits: limitsOf(unit),
  };
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
