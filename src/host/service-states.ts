import { CommandError } from "../model/errors.ts";
import type { ServiceState } from "../model/live.ts";

const PROPERTIES = [
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "Type",
  "Job",
  "ConditionResult",
  "ConditionTimestampMonotonic",
  "TriggeredBy",
  "ExecMainStatus",
  "InactiveExitTimestampMonotonic",
  "ExecMainStartTimestampMonotonic",
  "ActiveEnterTimestampMonotonic",
  "InactiveEnterTimestampMonotonic",
  "InactiveEnterTimestamp",
  "TimeoutStartUSec",
  "UnitFileState",
  "FragmentPath",
  "SourcePath",
  "DropInPaths",
  "NeedDaemonReload",
  "ControlGroup",
  "MainPID",
  "NRestarts",
  "InvocationID",
  "MemoryMin",
  "MemoryLow",
  "MemoryHigh",
  "MemoryMax",
  "MemorySwapMax",
  "MemoryZSwapMax",
  "CPUQuotaPerSecUSec",
  "CPUWeight",
  "StartupCPUWeight",
  "IOWeight",
  "StartupIOWeight",
  "TasksMax",
] as const;

/** Arguments of `systemctl` that show what {@link parseServiceStates} reads. */
export const SHOW_ARGUMENTS: readonly string[] = [
  "show",
  "--timestamp=unix",
  `--property=${PROPERTIES.join(",")}`,
  "--",
];

/**
 * The states of `names`, in their order, from the output of `systemctl show`. Each has a block of `Key=value`
 * lines, with an empty line between blocks (values hold no line breaks, because systemctl escapes them).
 * Throws CommandError if the output has another shape.
 */
export function parseServiceStates(names: readonly string[], text: string): readonly ServiceState[] {
  const blocks = text.trimEnd().split("\n\n");
  if (blocks.length !== names.length) {
    throw new CommandError("systemctl show", 0, `reported ${blocks.length} units, not ${names.length}`);
  }
  return names.map((name, index) => toServiceState(name, properties(blocks[index] ?? "")));
}

function properties(block: string): ReadonlyMap<string, string> {
  return new Map(
    block.split("\n").map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

type Text = (property: (typeof PROPERTIES)[number]) => string;

function toServiceState(name: string, shown: ReadonlyMap<string, string>): ServiceState {
  const text: Text = (property) => shown.get(property) ?? "";
  return {
    name,
    ...runOf(text),
    ...limitsOf(text),
    loadState: text("LoadState"),
    activeState: text("ActiveState"),
    subState: text("SubState"),
    result: text("Result"),
    unitFileState: text("UnitFileState"),
    fragmentPath: text("FragmentPath"),
    sourcePath: text("SourcePath"),
    dropInPaths: quotedWords(text("DropInPaths")),
    needDaemonReload: text("NeedDaemonReload") === "yes",
    controlGroup: text("ControlGroup"),
    mainPid: Number(text("MainPID")),
    restarts: Number(text("NRestarts")),
    invocationId: text("InvocationID"),
  };
}

/** How it runs, and since when. */
function runOf(text: Text) {
  return {
    type: text("Type"),
    job: !["", "0"].includes(text("Job")),
    // systemd says `no` as well if it has not tried to start the unit yet.
    conditionMet: text("ConditionResult") === "yes" || time(text("ConditionTimestampMonotonic")) === null,
    triggeredBy: quotedWords(text("TriggeredBy")),
    execStatus: Number(text("ExecMainStatus")),
    startedAtMs: time(text("InactiveExitTimestampMonotonic")),
    mainStartedAtMs: time(text("ExecMainStartTimestampMonotonic")),
    activeSinceMs: time(text("ActiveEnterTimestampMonotonic")),
    inactiveSinceMs: time(text("InactiveEnterTimestampMonotonic")),
    endedWallMs: wallTime(text("InactiveEnterTimestamp")),
    timeoutStartMs: milliseconds(microseconds(text("TimeoutStartUSec"))),
  };
}

function limitsOf(text: Text) {
  return {
    memoryMin: limit(text("MemoryMin")),
    memoryLow: limit(text("MemoryLow")),
    memoryHigh: limit(text("MemoryHigh")),
    memoryMax: limit(text("MemoryMax")),
    memorySwapMax: limit(text("MemorySwapMax")),
    memoryZSwapMax: limit(text("MemoryZSwapMax")),
    cpuQuotaPerSecUSec: microseconds(text("CPUQuotaPerSecUSec")),
    cpuWeight: limit(text("CPUWeight")),
    startupCpuWeight: limit(text("StartupCPUWeight")),
    ioWeight: limit(text("IOWeight")),
    startupIoWeight: limit(text("StartupIOWeight")),
    tasksMax: limit(text("TasksMax")),
  };
}

/**
 * A limit as a number. `infinity`, `[not set]` and properties that a kind of unit lacks are no limit. A
 * weight of `idle` is 0, as on D-Bus.
 */
function limit(text: string): number | null {
  if (text === "idle") return 0;
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** Microseconds of CLOCK_MONOTONIC as milliseconds; null for 0, which means never. */
function time(text: string): number | null {
  return Number(text) > 0 ? milliseconds(Number(text)) : null;
}

/** Parses a time as `--timestamp=unix` prints it: `@1767265200`. */
function wallTime(text: string): number | null {
  return /^@[1-9]\d*$/.test(text) ? Number(text.slice(1)) * 1_000 : null;
}

function milliseconds(us: number | null): number | null {
  return us === null ? null : Math.round(us / 1_000);
}

const MICROSECONDS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
  w: 604_800_000_000,
  month: 2_629_800_000_000,
  y: 31_557_600_000_000,
};

/** Parses systemd's text of a time, such as `1.500000s` or `1min 40s`. */
function microseconds(text: string): number | null {
  if (!/^\d/.test(text)) return null;
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)];
  return Math.round(
    parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (MICROSECONDS[unit] ?? Number.NaN), 0),
  );
}

/** Words as systemctl prints them: in double quotes, with backslashes, if a shell would need that. */
function quotedWords(text: string): readonly string[] {
  return [...text.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)].map(
    ([, quoted, plain = ""]) => quoted?.replace(/\\(.)/g, "$1") ?? plain,
  );
}
