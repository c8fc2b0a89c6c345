import { isAbsolute, join, resolve } from "node:path";
import {
  readEnvironment,
  readSettingsFile,
  resolveSettings,
  unknownVariables,
} from "../config/load-settings.ts";
import type { SettingsLayer } from "../model/settings-schema.ts";
import type { Context } from "../planning/context.ts";
import { openState } from "../state/index.ts";
import { type Arguments, flag, type Session, textOption } from "./command.ts";
import type { Io } from "./io.ts";
import { createProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

const FLAGS = {
  repository: "repository",
  branch: "branch",
  path: "path",
  host: "host",
  unitDir: "unitDir",
  stateDir: "stateDir",
};

/** Reads the settings in their order of precedence, and builds the host for them. */
export async function openSession(io: Io, terminal: Terminal, args: Arguments): Promise<Session> {
  const system = flag(args, "system");
  const flags = readFlags(args);
  const environment = readEnvironment(io.environment);
  const file = await readSettingsFile(
    io.files,
    configPath(io, args, system),
    textOption(args, "config") !== undefined,
  );
  const layers = [file, environment, flags].map((layer) => withAbsolutePaths(layer, io));
  const settings = resolveSettings(layers);
  const host = io.host(io.facts(settings, system));
  const progress = await createProgress(terminal);
  const context: Context = {
    host,
    state: openState(host),
    layers,
    shipped: () => readShipped(io),
    emit: progress.emit,
  };
  const warnings = await unknownVariables(io.environment);
  return { io, terminal, progress, host, settings, context, warnings };
}

function readFlags(args: Arguments): SettingsLayer {
  const given = Object.entries(FLAGS).flatMap(([option, key]) => {
    const value = textOption(args, option);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(given);
}

function configPath(io: Io, args: Arguments, system: boolean): string {
  const named = textOption(args, "config") ?? io.environment.QUADGATE_CONFIG;
  if (named !== undefined) return resolve(io.workingFolder, named);
  return join(io.facts({}, system).configDir, "config.yaml");
}

/** Makes local paths absolute, so that a later change of the working folder does not change their meaning. */
function withAbsolutePaths(layer: SettingsLayer, io: Io): SettingsLayer {
  const home = io.environment.HOME ?? "/";
  const absolute = (value: unknown): unknown => {
    if (typeof value !== "string" || /^[a-z+]+:\/\//i.test(value) || /^[^/]+@[^/]+:/.test(value))
      return value;
    if (value === "~" || value.startsWith("~/")) return join(home, value.slice(1));
    return isAbsolute(value) ? value : resolve(io.workingFolder, value);
  };
  const keys = ["repository", "unitDir", "systemdDir", "stateDir", "docsDir"].filter((key) => key in layer);
  return { ...layer, ...Object.fromEntries(keys.map((key) => [key, absolute(layer[key])])) };
}

async function readShipped(io: Io): ReturnType<Context["shipped"]> {
  const { files } = await io.files.tree(io.packageFolder, ["patterns", "templates"]);
  const below = (folder: string) =>
    new Map(
      [...files]
        .filter(([name]) => name.startsWith(folder))
        .map(([name, text]) => [name.slice(folder.length), text]),
    );
  return { patterns: below("patterns/"), templates: below("templates/") };
}
