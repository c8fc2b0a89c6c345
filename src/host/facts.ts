import { readFileSync, realpathSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { basename, dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { expandHome } from "../lib/expand-home.ts";
import type { HostFacts } from "../model/host.ts";
import type { Settings } from "../model/settings-schema.ts";

/** `~` and `~/x` mean the home folder. Other relative paths start at the working folder. */
function folderOf(path: string, home: string): string {
  const expanded = expandHome(path, home);
  if (expanded !== path) return normalize(expanded);
  return isAbsolute(path) ? path : resolve(path);
}

/**
 * The facts, according to XDG and to whether quadgate runs rootless (any user except root) or rootful.
 * `system` asks for the rootful view for any user; without root it is only good for reading.
 */
export function readFacts(
  environment: NodeJS.ProcessEnv,
  settings: Pick<Settings, "host" | "unitDir" | "systemdDir" | "stateDir">,
  system: boolean,
  user: { readonly uid: number; readonly username: string; readonly homedir: string } = userInfo(),
): HostFacts {
  const rootless = !system && user.uid !== 0;
  const home = environment.HOME ?? user.homedir;
  const config = environment.XDG_CONFIG_HOME ?? join(home, ".config");
  const state = environment.XDG_STATE_HOME ?? join(home, ".local", "state");
  const runtimeDir = rootless ? (environment.XDG_RUNTIME_DIR ?? `/run/user/${user.uid}`) : "/run";
  return {
    name: settings.host ?? hostname().split(".")[0] ?? "localhost",
    user: user.username,
    uid: rootless ? user.uid : 0,
    rootless,
    home,
    runtimeDir,
    unitDir: realPath(
      settings.unitDir
        ? folderOf(settings.unitDir, home)
        : rootless
          ? join(config, "containers", "systemd")
          : "/etc/containers/systemd",
    ),
    systemdDir: systemdFolder(settings, rootless, { home, config }),
    stateDir: settings.stateDir
      ? folderOf(settings.stateDir, home)
      : rootless
        ? join(state, "quadgate")
        : "/var/lib/quadgate",
    configDir: rootless ? join(config, "quadgate") : "/etc/quadgate",
    generatorDir: join(runtimeDir, "systemd", "generator"),
    pid: process.pid,
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", ""),
  };
}

/** systemd finds its folder by the name that it has, links included. */
function systemdFolder(
  { systemdDir }: Pick<Settings, "systemdDir">,
  rootless: boolean,
  { home, config }: { readonly home: string; readonly config: string },
): string {
  if (systemdDir !== undefined) return folderOf(systemdDir, home);
  return rootless ? join(config, "systemd", "user") : "/etc/systemd/system";
}

/**
 * A path without symbolic links, as far as it exists. podman's generator follows links on the way to its
 * folders, and resolves relative paths in units against the link's target.
 */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** The variables by which podman and systemctl --user find the user's manager, even under cron or `su`. */
export function managerEnvironment(facts: HostFacts): Readonly<Record<string, string>> {
  if (!facts.rootless) return {};
  return {
    XDG_RUNTIME_DIR: facts.runtimeDir,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(facts.runtimeDir, "bus")}`,
  };
}
