import { messageOf } from "../../lib/error-message.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { HealthResult } from "../../model/health.ts";
import type { Settings } from "../../model/settings-schema.ts";
import { askBuiltin } from "./builtin.ts";
import { askCommand } from "./command.ts";
import type { HealthHost } from "./host.ts";
import { failure } from "./report.ts";
import { askReportDir, openReportDir } from "./report-dir.ts";

/**
 * Asks how healthy the host is, through the configured command or report folder, else the built-in checks. An
 * error on the way is a value that says what went wrong, never an exception and never a good score. Only a
 * stop (`signal`) throws: `interrupted`. It ends the health command with everything that the command has
 * started.
 */
export async function askHealth(
  host: HealthHost,
  settings: Settings["health"],
  signal?: AbortSignal,
): Promise<HealthResult> {
  const result = await ask(host, settings, signal);
  if (!signal?.aborted) return result;
  throw new QuadgateError("interrupted", "stopped during the health check");
}

async function ask(
  host: HealthHost,
  settings: Settings["health"],
  signal: AbortSignal | undefined,
): Promise<HealthResult> {
  const { provider, command, reportDir } = settings;
  const external = command !== undefined || reportDir !== undefined;
  if (provider === "builtin" || (provider === "auto" && !external)) return askBuiltin(host, settings);
  try {
    return await askExternal(host, settings, signal);
  } catch (error) {
    const why = messageOf(error);
    return failure("report-missing", "command", `the health report cannot be read: ${why}`);
  }
}

function askExternal(
  host: HealthHost,
  settings: Settings["health"],
  signal: AbortSignal | undefined,
): Promise<HealthResult> {
  const { command, reportDir, maxAge } = settings;
  const folder = reportDir === undefined ? undefined : openReportDir(host, reportDir);
  if (command) return askCommand(host, command, folder, { ...settings, signal });
  if (folder) return askReportDir(host, folder, maxAge);
  const message =
    "health.provider is command, but neither health.command nor health.reportDir is set; " +
    "set one, or use builtin";
  return Promise.resolve(failure("health-command-failed", "command", message));
}
