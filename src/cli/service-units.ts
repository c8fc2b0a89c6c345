import { join } from "node:path";
import { quoteWord } from "../lib/systemd-quoting.ts";
import { CommandError } from "../model/errors.ts";
import type { Session } from "./command.ts";

/** quadgate's own systemd units: the daemon, and the daily drift audit. */
export const SERVICE_UNITS = ["quadgate.service", "quadgate-drift.service", "quadgate-drift.timer"] as const;
/** The units that are started, in the order of starting. */
export const STARTED_UNITS = ["quadgate.service", "quadgate-drift.timer"] as const;

/** The folder for units of a user, or of the administrator if rootful. */
export function serviceUnitFolder({ host, io }: Session): string {
  if (!host.facts.rootless) return "/etc/systemd/system";
  return join(io.environment.XDG_CONFIG_HOME ?? join(host.facts.home, ".config"), "systemd", "user");
}

/** Where systemd looks for a program that a unit names without a path. */
const SYSTEM_PATH = ["/usr/local/bin", "/usr/bin"];

/**
 * The packaged text of a unit for this scope. It names this program by its path if systemd would not find it.
 */
export async function packagedUnit({ host, io }: Session, name: string): Promise<string> {
  const scope = host.facts.rootless ? "user" : "system";
  const text = await host.files.read(join(io.packageFolder, "systemd", scope, name));
  if (text === undefined) throw new Error(`the package lacks systemd/${scope}/${name}`);
  const found = await Promise.all(SYSTEM_PATH.map((folder) => host.files.stat(join(folder, "quadgate"))));
  if (found.some((entry) => entry !== undefined)) return text;
  return text.replace(/^ExecStart=quadgate/m, `ExecStart=${io.program.map(quoteWord).join(" ")}`);
}

/** Runs systemctl in the scope of the session; throws CommandError when it fails. */
export async function systemctl({ host }: Session, ...args: readonly string[]): Promise<void> {
  const scope = host.facts.rootless ? "--user" : "--system";
  const result = await host.processes.run("systemctl", [scope, ...args]);
  if (result.exitCode !== 0)
    throw new CommandError(`systemctl ${scope} ${args.join(" ")}`, result.exitCode, result.stderr);
}
