import { basename } from "node:path";
import { messageOf } from "../../lib/error-message.ts";
import { maskOutput } from "../../lib/mask-secrets.ts";
import type { HealthResult } from "../../model/health.ts";
import type { RunResult } from "../../model/host.ts";
import type { HealthHost } from "./host.ts";
import { checkAge, failure, readReport } from "./report.ts";
import { pathOnHost, type ReportDir, readReportSince } from "./report-dir.ts";

/** homelab-intel prints some ten kilobytes of text. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const FILES = "if it writes its reports to files, set health.reportDir";
/** A process that it left running may keep its output open; quadgate waits only so long for it. */
const LINGER_MS = 1_000;

interface Limits {
  readonly timeout: number;
  readonly maxAge: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the health command and judges the report that it leaves: this run's file in the report folder, else a
 * JSON document on stdout. The exit status does not count, because a command may use it to say that it found
 * problems. It only explains why there is no report. `timeout` and `maxAge` are milliseconds.
 */
export async function askCommand(
  host: HealthHost,
  command: readonly string[],
  folder: ReportDir | undefined,
  limits: Limits,
): Promise<HealthResult> {
  const [program = "", ...args] = command;
  const file = pathOnHost(host, program);
  const provider = basename(file);
  const before = (await folder?.list()) ?? new Map();
  const startedAt = host.clock.now();
  const run = await runCommand(host, file, args, limits);
  if (typeof run === "string") return failure("health-command-failed", provider, run);
  if (run.timedOut) {
    const late = `did not end within ${limits.timeout / 1000} s and was killed`;
    const message = `the health command ${provider} ${late}`;
    return failure("health-command-timeout", provider, message);
  }
  const written = folder && (await readReportSince(host, folder, provider, { startedAt, before }));
  const found = written ?? readPrinted(host, run, provider, folder !== undefined);
  if (!found) return noReport(run, provider, folder);
  return checkAge(found.result, found.source, host.clock.now(), limits.maxAge);
}

/** The result of the program, or why it could not be run. */
async function runCommand(
  host: HealthHost,
  file: string,
  args: readonly string[],
  { timeout, signal }: Limits,
): Promise<RunResult | string> {
  try {
    return await host.processes.run(file, args, {
      timeoutMs: timeout,
      ...(signal === undefined ? {} : { signal }),
      maxOutput: MAX_OUTPUT_BYTES,
      lingerMs: LINGER_MS,
    });
  } catch (error) {
    const why = messageOf(error);
    return `the health command could not be run: ${why}; check health.command`;
  }
}

/** The report on stdout, if there is one. If a report folder is in use, stdout may hold text for people. */
function readPrinted(host: HealthHost, run: RunResult, provider: string, hasFolder: boolean) {
  const text = run.stdout.trim();
  // Output that was cut off, or printed by a command that was killed, may be incomplete.
  if (text === "" || run.exitCode === undefined || isCutOff(run)) return undefined;
  const source = `the output of ${provider}`;
  if (!text.startsWith("{")) {
    if (hasFolder || run.exitCode !== 0) return undefined;
    const message = `the health report is not valid: ${source} is not a JSON object; ${FILES}`;
    return { source, result: failure("report-invalid", provider, message) };
  }
  return { source, result: readReport(text, { provider, source, observedAt: host.clock.now() }) };
}

function noReport(run: RunResult, provider: string, folder: ReportDir | undefined): HealthResult {
  if (isCutOff(run)) {
    const message = `the health command ${provider} printed more than ${MAX_OUTPUT_BYTES} bytes`;
    return failure("health-command-failed", provider, message);
  }
  const where = foundNowhere(run, folder);
  if (run.exitCode === 0) {
    return failure("report-missing", provider, `there is no health report: ${provider} ${where}`);
  }
  const status = run.exitCode === undefined ? "was killed" : `ended with status ${run.exitCode}`;
  const last = maskOutput(run.stderr.trimEnd().split("\n").at(-1) ?? "");
  const message = `the health command ${provider} ${status} and ${where}${last === "" ? "" : `: ${last}`}`;
  return failure("health-command-failed", provider, message);
}

function foundNowhere({ stdout, exitCode }: RunResult, folder: ReportDir | undefined): string {
  const wroteNone = folder && `wrote no report to ${folder.path}`;
  const printed = stdout.trim() !== "";
  if (printed && exitCode === undefined) {
    const unused = "quadgate ignores what it had printed";
    return wroteNone === undefined ? unused : `${wroteNone}, and ${unused}`;
  }
  if (wroteNone !== undefined) return `${wroteNone} and printed none`;
  return printed ? `printed no report, but other text; ${FILES}` : "printed no report";
}

function isCutOff(run: RunResult): boolean {
  return run.stdout.length >= MAX_OUTPUT_BYTES;
}
