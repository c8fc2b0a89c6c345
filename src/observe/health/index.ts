import type { HealthResult } from "../../model/health.ts";
import type { Host } from "../../model/host.ts";
import type { Settings } from "../../model/settings.ts";
import { askBuiltin } from "./builtin.ts";
import { askCommand } from "./command.ts";
import { failure } from "./report.ts";
import { askReportDir, openReportDir } from "./report-dir.ts";

/**
 * Asks how healthy the host is: the configured command or report folder, else the built-in checks. Whatever
 * goes wrong on the way is a value that says what, never an exception and never a good score.
 */
export async function askHealth(host: Host, settings: Settings["health"]): Promise<HealthResult> {
  const { provider, reportDir } = settings;
  if (provider === "builtin") return askBuiltin(host);
  const folder = reportDir === undefined ? undefined : openReportDir(host, reportDir);
  if (settings.command) return askCommand(host, settings.command, folder, settings);
  if (folder) return askReportDir(host, folder, settings.maxAge);
  if (provider === "auto") return askBuiltin(host);
  const message =
    "health.provider is command, but neither health.command nor health.reportDir is set; set one, or use builtin";
  return failure("health-command-failed", "command", message);
}
