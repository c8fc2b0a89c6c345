import { pino } from "pino";
import { stackOf } from "../lib/error-message.ts";
import { QuadgateError } from "../model/errors.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured fields of one log line. Callers never put in request bodies, headers or secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The part of a pino logger that the daemon uses: fields first, then the message. */
export type Logger = Readonly<Record<LogLevel, (fields: LogFields, message: string) => void>>;

export interface LogOptions {
  /** The lowest level that is written; the default is `info`. */
  readonly level?: LogLevel;
  /** Writes readable lines instead of JSON, for a terminal. */
  readonly pretty?: boolean;
  /** Takes complete lines, newline included; the default is standard error. */
  readonly write?: (line: string) => void;
}

/** Makes a pino logger that writes JSON lines (`level`, `time` in ISO 8601, `msg`), or readable ones. */
export function createLogger(options: LogOptions = {}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  return pino(
    {
      level: options.level ?? "info",
      // journald and the terminal know the process and the host already
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.pretty === true ? (line: string) => write(prettyLine(line)) : write },
  );
}

/** The log fields for an error: reason and hint of a known error, the stack of a defect. */
export function errorFields(error: unknown): LogFields {
  if (error instanceof QuadgateError) {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { reason: error.reason, error: error.message, ...hint };
  }
  return { reason: "defect", error: stackOf(error) };
}

/** `12:03:04 info  sync finished  result=applied score=92` from one JSON line of pino. */
function prettyLine(json: string): string {
  const { level, time, msg, ...fields }: Record<string, unknown> = JSON.parse(json);
  const parts = Object.entries(fields).map(([key, value]) => `${key}=${prettyValue(value)}`);
  const head = `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}`;
  return `${[head, parts.join(" ")].join("  ").trimEnd()}\n`;
}

function prettyValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s"]+$/.test(value) ? value : `"${value}"`;
  return JSON.stringify(value);
}
